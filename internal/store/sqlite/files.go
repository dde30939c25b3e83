package sqlite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// place is a file and what was there when the store was opened.
type place struct {
	path string
	file os.FileInfo
}

func statPlace(path string) (place, error) {
	file, err := os.Stat(path)
	if err != nil {
		return place{}, refusal(path, err)
	}
	return place{path, file}, nil
}

// look returns what is in the place now, or an error where another file, or none, is.
func (p place) look() (os.FileInfo, error) {
	now, err := os.Stat(p.path)
	if err == nil && !os.SameFile(now, p.file) {
		err = errors.New("it is another file than the one that was opened")
	}
	return now, err
}

// gone returns the error of a file that is not in its place, with what to do.
func (p place) gone(remedyKo, remedyEn string, err error) error {
	name := filepath.Base(p.path)
	return fault.New(fault.Unavailable, "STORE_GONE", "데이터 파일("+name+")이 사라졌어요. "+remedyKo,
		"The file "+name+" was removed or replaced while the server was running. "+remedyEn).
		WithCause(fmt.Errorf("sqlite: %s was removed or replaced while it was open. %s: %w", p.path, remedyEn, err))
}

// openFiles are the files of an open store, which must stay what they are.
type openFiles struct {
	database, log place
	// lock is nil where another lock keeps other processes out.
	lock *place
	// logged is how long the log has been, up to logLimit: it gets no shorter than that by itself.
	logged atomic.Int64
	// emptied is whether the log was cut off.
	emptied atomic.Bool
}

func watchFiles(path string, claimed bool) (o *openFiles, err error) {
	o = &openFiles{}
	if o.database, err = statPlace(path); err != nil {
		return nil, err
	}
	if o.log, err = statPlace(path + "-wal"); err != nil {
		return nil, err
	}
	if claimed {
		return o, nil
	}
	lock, err := statPlace(path + ".lock")
	o.lock = &lock
	return o, err
}

// check reports an error where one of the files is not the one that was opened, or the log was cut off. What was moved or
// deleted can be read and written until it is closed, and nobody would notice before the next start.
func (o *openFiles) check() error {
	if _, err := o.database.look(); err != nil {
		return o.database.gone("파일을 제자리에 되돌리거나, 서버를 멈추고 백업을 복원해 주세요.",
			"Put it back, or stop the server and restore a backup.", err)
	}
	if o.lock != nil {
		if _, err := o.lock.look(); err != nil {
			return o.lock.gone("서버를 다시 시작해 주세요.",
				"Another process may use the store now: stop all of them, and start one.", err)
		}
	}
	// Before it is looked at: another check may see it longer meanwhile.
	least := o.logged.Load()
	log, err := o.log.look()
	if err != nil {
		return o.log.gone("서버를 다시 시작해 주세요. 저장된 내용은 그대로예요.",
			"Restart the server: what was acknowledged is kept.", err)
	}
	return o.checkLog(log.Size(), least)
}

// checkLog reports an error if the log is shorter than least, which it was before, or has lost its beginning to something that cut
// it off before more was written.
func (o *openFiles) checkLog(size, least int64) error {
	if o.emptied.Load() {
		return o.cutOff()
	}
	if size < least || size > 0 && !hasHeader(o.log.path) {
		o.emptied.Store(true)
		return o.cutOff()
	}
	size = min(size, logLimit)
	for was := o.logged.Load(); size > was && !o.logged.CompareAndSwap(was, size); was = o.logged.Load() {
	}
	return nil
}

// cutOff returns the error of a log that was cut off. What it held and the database file had not got is lost.
func (o *openFiles) cutOff() error {
	name := filepath.Base(o.log.path)
	remedy := "What was written last is lost. Restart the server, and restore a backup if it does not start."
	return fault.New(fault.Unavailable, "STORE_DAMAGED", "데이터 파일("+name+")이 잘려 마지막 내용을 잃었어요. 운영자에게 알려 주세요.",
		"The file "+name+" was cut off while the server was running. "+remedy).
		WithCause(fmt.Errorf("sqlite: %s was cut off while it was open. %s", o.log.path, remedy))
}

// hasHeader reports whether a log begins with a number other than 0, as each does. What cannot be read counts as one.
func hasHeader(log string) bool {
	f, err := os.Open(log)
	if err != nil {
		return true
	}
	defer func() { _ = f.Close() }()
	var magic [4]byte
	if _, err := io.ReadFull(f, magic[:]); err != nil {
		return true
	}
	return magic != [4]byte{}
}

// private is the mode of every file: it is for the user of this process only.
const private fs.FileMode = 0o600

// keepPrivate takes the files that are there from everybody else.
func keepPrivate(paths ...string) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().Perm()&^private == 0 {
			continue
		}
		if err == nil {
			err = os.Chmod(path, private)
		}
		if err != nil {
			return fmt.Errorf("sqlite: others can read %s, and that cannot be changed: make it a file of the user of this process: %w", path, err)
		}
	}
	return nil
}

// createPrivate makes an empty file, where there is none.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, private)
	if err != nil {
		return err
	}
	return f.Close()
}

// room is what a disk must have to count as one that can be written.
const room = 1 << 20

// hasRoom reports an error where the disk of a folder does not take as much as room.
func hasRoom(folder string) (err error) {
	f, err := os.CreateTemp(folder, "room")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if _, err := f.Write(make([]byte, room)); err != nil {
		return err
	}
	return f.Sync()
}
