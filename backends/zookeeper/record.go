package zookeeper

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-zookeeper/zk"

	"github.com/tenure-go/tenure/backends"
)

// A record's znode holds a mark, the record's incarnation and the value. A znode without
// data is no record: it is there for the records below it.
const (
	mark     = "T1"
	lifeSize = 8
)

// life is one incarnation of a record, from its creation to its deletion. ZooKeeper counts
// a znode's versions from 0 again when it is created anew, so a write that was held up
// could replace a version of a later incarnation. A child of the record's znode therefore
// bears the incarnation's name, and every write checks that it is there.
type life [lifeSize]byte

func newLife() (l life) {
	_, _ = rand.Read(l[:]) // crypto/rand.Read never fails
	return l
}

// nameOfLife begins the name of that child. No escaped segment of a key has a '!'.
const nameOfLife = "!"

func (l life) path(record string) string {
	return record + "/" + nameOfLife + hex.EncodeToString(l[:])
}

// version is one version of a record.
type version struct {
	life   life
	number int32 // the znode's data version
}

func (v version) revision() backends.Revision {
	return backends.Revision(hex.EncodeToString(v.life[:]) + "-" + strconv.FormatInt(int64(v.number), 10))
}

// parseRevision is the inverse of version.revision; ok is false for anything else.
func parseRevision(r backends.Revision) (v version, ok bool) {
	name, number, _ := strings.Cut(string(r), "-")
	n, err := strconv.ParseInt(number, 10, 32)
	raw, err2 := hex.DecodeString(name)
	if err != nil || err2 != nil || len(raw) != lifeSize {
		return version{}, false
	}
	v = version{life(raw), int32(n)}
	return v, v.revision() == r
}

func encode(l life, value []byte) []byte {
	data := make([]byte, 0, len(mark)+lifeSize+len(value))
	return append(append(append(data, mark...), l[:]...), value...)
}

// decode reads a record's znode. It returns a record that is Absent for a znode without
// data, and backends.ErrForeign for data that this store has not written.
func decode(key backends.Key, data []byte, stat *zk.Stat) (backends.Record, error) {
	if len(data) == 0 {
		return backends.Record{Key: key}, nil
	}
	rest, ok := strings.CutPrefix(string(data[:min(len(data), len(mark))]), mark)
	if !ok || rest != "" || len(data) < len(mark)+lifeSize {
		return backends.Record{}, fmt.Errorf("zookeeper: %w: the znode of record %q holds %d bytes that are no record", backends.ErrForeign, key, len(data))
	}
	v := version{life(data[len(mark) : len(mark)+lifeSize]), stat.Version}
	return backends.Record{Key: key, Value: data[len(mark)+lifeSize:], Revision: v.revision()}, nil
}
