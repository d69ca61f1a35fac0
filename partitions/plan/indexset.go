package plan

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// MaxPartitions is the largest number of partitions of a group.
const MaxPartitions = 1 << 20

// ErrMalformed: a record of a group cannot be understood.
var ErrMalformed = errors.New("malformed record")

// IndexSet is a set of partition indexes below MaxPartitions. The zero value is
// empty. It is written as ranges ("r0-99,120") or as a bitmap ("b…"), whichever
// is shorter: 10,000 partitions take at most 1.7 KB.
type IndexSet struct {
	words []uint64
	count int
}

// SetOf returns the set of the given indexes.
func SetOf(indexes ...int) IndexSet {
	var s IndexSet
	for _, i := range indexes {
		s.Add(i)
	}
	return s
}

// Add puts i into the set. Indexes outside 0 to MaxPartitions-1 are left out.
func (s *IndexSet) Add(i int) {
	if i < 0 || i >= MaxPartitions || s.Has(i) {
		return
	}
	for len(s.words) <= i/64 {
		s.words = append(s.words, 0)
	}
	s.words[i/64] |= 1 << (i % 64)
	s.count++
}

// Has reports whether i is in the set.
func (s IndexSet) Has(i int) bool {
	return i >= 0 && i/64 < len(s.words) && s.words[i/64]&(1<<(i%64)) != 0
}

// Len returns the number of indexes.
func (s IndexSet) Len() int { return s.count }

// All calls yield for each index in rising order.
func (s IndexSet) All(yield func(int) bool) {
	for w, word := range s.words {
		for ; word != 0; word &= word - 1 {
			if !yield(w*64 + bits.TrailingZeros64(word)) {
				return
			}
		}
	}
}

// Covers reports whether every index of t is in s.
func (s IndexSet) Covers(t IndexSet) bool {
	for w, word := range t.words {
		if w < len(s.words) {
			word &^= s.words[w]
		}
		if word != 0 {
			return false
		}
	}
	return true
}

// Equal reports whether the sets have the same indexes.
func (s IndexSet) Equal(t IndexSet) bool { return s.count == t.count && s.Covers(t) }

// MarshalText writes the shorter of the two forms.
func (s IndexSet) MarshalText() ([]byte, error) {
	ranges, bitmap := s.ranges(), s.bitmap()
	if len(ranges) <= len(bitmap) {
		return []byte(ranges), nil
	}
	return []byte(bitmap), nil
}

// UnmarshalText reads either form. It returns ErrMalformed, and never takes
// more memory than MaxPartitions bits.
func (s *IndexSet) UnmarshalText(text []byte) error {
	*s = IndexSet{}
	switch {
	case len(text) == 0:
		return nil
	case text[0] == 'r':
		return s.parseRanges(string(text[1:]))
	case text[0] == 'b':
		return s.parseBitmap(string(text[1:]))
	}
	return fmt.Errorf("%w: an index set begins with r or b, not %q", ErrMalformed, text[0])
}

func (s IndexSet) ranges() string {
	if s.count == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteByte('r')
	first, last := -1, -1
	flush := func() {
		if first < 0 {
			return
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(first))
		if last > first {
			b.WriteByte('-')
			b.WriteString(strconv.Itoa(last))
		}
	}
	for i := range s.All {
		if i != last+1 || first < 0 {
			flush()
			first = i
		}
		last = i
	}
	flush()
	return b.String()
}

// parseRanges wants rising ranges, so that a short text cannot ask for a lot of
// work by naming the same indexes again and again.
func (s *IndexSet) parseRanges(text string) error {
	next := 0
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.Atoi(from)
		last := first
		if err == nil && isRange {
			last, err = strconv.Atoi(to)
		}
		if err != nil || first < next || last < first || last >= MaxPartitions {
			return fmt.Errorf("%w: index range %.40q", ErrMalformed, part)
		}
		for i := first; i <= last; i++ {
			s.Add(i)
		}
		next = last + 1
	}
	return nil
}

func (s IndexSet) bitmap() string {
	raw := make([]byte, 0, len(s.words)*8)
	for _, w := range s.words {
		for shift := 0; shift < 64; shift += 8 {
			raw = append(raw, byte(w>>shift))
		}
	}
	for len(raw) > 0 && raw[len(raw)-1] == 0 {
		raw = raw[:len(raw)-1]
	}
	return "b" + base64.RawStdEncoding.EncodeToString(raw)
}

func (s *IndexSet) parseBitmap(text string) error {
	if len(text) > MaxPartitions/6+8 {
		return fmt.Errorf("%w: bitmap of %d bytes is beyond %d partitions", ErrMalformed, len(text), MaxPartitions)
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return fmt.Errorf("%w: bitmap: %w", ErrMalformed, err)
	}
	for i, b := range raw {
		for bit := range 8 {
			if b&(1<<bit) != 0 {
				s.Add(i*8 + bit)
			}
		}
	}
	return nil
}
