package main

import "runtime/debug"

// version is set at the build by -ldflags "-X main.version=v1.2.3", where Go cannot tell it from the repository.
var version string

// programVersion is that of the program, such as v1.2.3, or (devel).
func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
