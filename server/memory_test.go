package main

import (
	"math"
	"runtime/debug"
	"testing"
	"testing/fstest"
)

func TestTheMemoryOfTheCgroup(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"a container": {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "268435456\n"}, 256 << 20},
		"a service of a slice": {map[string]string{
			"proc/self/cgroup": "0::/system.slice/club.service\n",
			"sys/fs/cgroup/system.slice/club.service/memory.max": "max\n", "sys/fs/cgroup/system.slice/memory.max": "1073741824\n",
		}, 1 << 30},
		"the least": {map[string]string{
			"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "2000\n", "sys/fs/cgroup/a/memory.max": "1000\n",
		}, 1000},
		"version 1": {map[string]string{
			"proc/self/cgroup":                                      "11:cpu:/x\n5:memory:/docker/abc\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":            "536870912\n",
			"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "9223372036854771712\n",
		}, 512 << 20},
		"no bound":  {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, math.MaxInt64},
		"nonsense":  {map[string]string{"proc/self/cgroup": "0::/../..\nx\n", "sys/fs/cgroup/memory.max": "many\n"}, math.MaxInt64},
		"no cgroup": {nil, math.MaxInt64},
	} {
		root := make(fstest.MapFS)
		for file, text := range c.files {
			root[file] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := cgroupMemory(root); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestTheMemoryLimitIsSet(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	if got := limitMemory(fstest.MapFS{}); got != 0 || debug.SetMemoryLimit(-1) != before {
		t.Errorf("without a bound: %d, %d", got, debug.SetMemoryLimit(-1))
	}
	root := fstest.MapFS{
		"proc/self/cgroup": {Data: []byte("0::/\n")}, "sys/fs/cgroup/memory.max": {Data: []byte("10737418240\n")},
	}
	if got := limitMemory(root); got != 9<<30 || debug.SetMemoryLimit(-1) != 9<<30 {
		t.Errorf("%d, set is %d", got, debug.SetMemoryLimit(-1))
	}
}
