package main

import (
	"io/fs"
	"math"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// limitMemory tells the garbage collector how much memory the process may have: nine tenths of what its cgroup may, since
// not all of it is Go's heap. It returns that in bytes, and 0 if nothing bounds the cgroup.
func limitMemory(root fs.FS) int64 {
	limit := cgroupMemory(root)
	if limit == math.MaxInt64 {
		return 0
	}
	limit -= limit / 10
	debug.SetMemoryLimit(limit)
	return limit
}

// cgroupMemory returns the least bound of the process's cgroup and of those that it is in, of both versions of cgroups.
func cgroupMemory(root fs.FS) int64 {
	least := int64(math.MaxInt64)
	groups, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		// hierarchy:controllers:path
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		folder, file := "sys/fs/cgroup", "memory.max"
		switch {
		case fields[1] == "memory":
			folder, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		case fields[1] != "":
			continue
		}
		// In a container the path may be that outside of it: then the files of the container's own group are at the top.
		for group := path.Clean("/" + fields[2]); ; group = path.Dir(group) {
			least = min(least, boundIn(root, path.Join(folder, group, file)))
			if group == "/" {
				break
			}
		}
	}
	return least
}

// boundIn returns the bound that a file holds; the greatest number if it holds none. Version 1 writes a number near 2^63 for
// none, and "max" is version 2's word.
func boundIn(root fs.FS, name string) int64 {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return math.MaxInt64
	}
	bound, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || bound <= 0 || bound >= 1<<60 {
		return math.MaxInt64
	}
	return bound
}
