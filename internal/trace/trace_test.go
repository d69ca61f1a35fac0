package trace_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tenure-go/tenure/internal/trace"
)

const example = `# Everything after # is a comment.
partitions 100            # how many there are
ttl 20s
end 1h
zone 0-49 1
zone 50 2

0s   join a zone=1
0s   join b capacity=2
5m   weight 7 300
5m   weight 8-9 0
10m  leave a after=30s
20m  crash b
21m  return b
30m  away b for=1m
`

func parse(t *testing.T, text string) *trace.Trace {
	t.Helper()
	parsed, err := trace.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func write(t *testing.T, tr *trace.Trace) string {
	t.Helper()
	var out bytes.Buffer
	if err := tr.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestParse_ReadsWhatTheTextSays(t *testing.T) {
	t.Parallel()
	want := &trace.Trace{
		Partitions: 100, TTL: 20 * time.Second, End: time.Hour,
		Zones: []trace.ZoneRange{{Range: trace.Range{First: 0, Last: 49}, Zone: 1}, {Range: trace.Range{First: 50, Last: 50}, Zone: 2}},
		Events: []trace.Event{
			{Kind: trace.Join, Member: "a", Zone: 1, Capacity: 1},
			{Kind: trace.Join, Member: "b", Capacity: 2},
			{At: 5 * time.Minute, Kind: trace.Weight, Range: trace.Range{First: 7, Last: 7}, Weight: 300},
			{At: 5 * time.Minute, Kind: trace.Weight, Range: trace.Range{First: 8, Last: 9}},
			{At: 10 * time.Minute, Kind: trace.Leave, Member: "a", For: 30 * time.Second},
			{At: 20 * time.Minute, Kind: trace.Crash, Member: "b"},
			{At: 21 * time.Minute, Kind: trace.Return, Member: "b"},
			{At: 30 * time.Minute, Kind: trace.Away, Member: "b", For: time.Minute},
		},
	}
	got := parse(t, example)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !got.Weighted() || !got.Uneven() {
		t.Errorf("weighted %v, uneven %v; want both", got.Weighted(), got.Uneven())
	}
	if plain := parse(t, "partitions 1\n0s join a\n1s join b"); plain.Weighted() || plain.Uneven() {
		t.Errorf("weighted %v, uneven %v; want neither", plain.Weighted(), plain.Uneven())
	}
}

func TestParse_FillsInWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	got := parse(t, "partitions 3\n7m join a")
	if got.TTL != trace.DefaultTTL || got.End != 7*time.Minute+trace.DefaultTail {
		t.Errorf("ttl %v, end %v", got.TTL, got.End)
	}
}

func TestWrite_IsReadBack(t *testing.T) {
	t.Parallel()
	const want = `partitions 100
ttl 20s
end 1h0m0s
zone 0-49 1
zone 50 2
0s join a zone=1
0s join b capacity=2
5m0s weight 7 300
5m0s weight 8-9 0
10m0s leave a after=30s
20m0s crash b
21m0s return b
30m0s away b for=1m0s
`
	tr := parse(t, example)
	if got := write(t, tr); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if again := parse(t, want); !reflect.DeepEqual(again, tr) {
		t.Errorf("got  %+v\nwant %+v", again, tr)
	}
}

func TestParse_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	const begin = "partitions 10\n0s join a\n"
	for _, test := range []struct{ text, want string }{
		{"", "nothing in them; begin with: partitions NUMBER"},
		{"# only this\n", "1 lines and nothing in them"},
		{"0s join a", `line 1: "0s" before the number of partitions`},
		{"ttl 1s", `line 1: "ttl" before the number of partitions`},
		{"partitions 0", "line 1: 0 partitions; give 1 to 1000000"},
		{"partitions 1000001", "give 1 to 1000000"},
		{"partitions -9223372036854775808", "give 1 to 1000000"},
		{"partitions 99999999999999999999", "no whole number"},
		{"partitions x", `partitions "x" is no whole number`},
		{"partitions", "0 values for partitions; give one"},
		{"partitions 1 2", "2 values for partitions; give one"},
		{"partitions 1\npartitions 1", "line 2: partitions is given twice"},
		{"partitions 1\nttl 1s\nttl 1s", "line 3: ttl is given twice"},
		{"partitions 1\nend 1s\nend 1s", "line 3: end is given twice"},
		{"partitions 1\nttl -1s", "ttl -1s; give 0s to 8784h0m0s"},
		{"partitions 1\nend 9000h", "end 9000h0m0s; give 0s to 8784h0m0s"},
		{"partitions 1\nttl 1", `ttl "1" is no duration; write it as in 90s`},
		{"partitions 1\nspeed 1", `unknown setting "speed"; there are partitions, ttl, end and zone`},
		{"partitions 1\nzone 0", "give: zone PARTITIONS ZONE"},
		{"partitions 10\nzone 0-10 1", "partitions 0 to 10; give a range inside 0 to 9"},
		{"partitions 10\nzone 5-4 1", "partitions 5 to 4; give a range inside 0 to 9, the smaller first"},
		{"partitions 10\nzone 5- 1", `partition "" is no whole number`},
		{"partitions 10\nzone 1 1000", "zone 1000; give 0 to 999"},
		{"partitions 10\nzone 1 4294967296", `zone "4294967296" is no whole number`},
		{"partitions 10\nzone 0-3 1\nzone 3 1", "line 3: partition 3 comes after partition 3"},
		{begin + "ttl 1s", `line 3: "ttl" among the events`},
		{begin + "1m", "line 3: a time and no event; give one of join, leave"},
		{begin + "1m dance b", `unknown event "dance"; give one of join, leave, crash, away, return, weight`},
		{begin + "1m join", "too few words; give: join NAME [zone=ZONE] [capacity=NUMBER]"},
		{begin + "1m join b capacity=0", "capacity 0; give 1 to 1000"},
		{begin + "1m join b zone=-1", "zone -1; give 0 to 999"},
		{begin + "1m join b zone=1 zone=1", `"zone=1" is not expected; give: join NAME`},
		{begin + "1m join b after=1s", `"after=1s" is not expected`},
		{begin + "1m crash a now", `"now" is not expected; give: crash NAME`},
		{begin + "1m join b/c", `member name "b/c"; give 1 to 64 letters, digits`},
		{begin + "1m join " + strings.Repeat("b", 65), "give 1 to 64 letters"},
		{begin + "1m join a", "a member of that name has joined before; write return"},
		{begin + "1m crash b", "crash b: no member of that name has joined"},
		{begin + "1m return a", "return a: it is still there"},
		{begin + "1m crash a\n1m crash a", "line 4: crash a: it is not there; let it return first"},
		{begin + "1m away a for=1m\n2m leave a", "leave a: it is not there"},
		{begin + "1m away a", "away a for 0s; give more than 0s"},
		{begin + "1m leave a after=1m\n2m crash a", "it is leaving until 2m0s; nothing else may happen"},
		{begin + "1m leave a after=1m\n2m return a", "it is still there"},
		{begin + "1m weight 3", "too few words; give: weight PARTITIONS NUMBER"},
		{begin + "1m weight 10 1", "give a range inside 0 to 9"},
		{begin + "1m weight 1 -1", "weight -1; give 0 to 1000000000"},
		{begin + "1m weight 1 1 1", `"1" is not expected`},
		{begin + "1m crash a\n59s join b", "line 4: 59s comes after 1m0s"},
		{"partitions 1\nend 1m\n2m join a", "the end, 1m0s, is before the last event, at 2m0s"},
		{begin + "1m join " + strings.Repeat(" ", 1024) + "b", "line 3 is longer than 1024 bytes"},
	} {
		got, err := trace.Parse(strings.NewReader(test.text))
		if !errors.Is(err, trace.ErrInvalid) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want one line with %q", test.text, err, test.want)
		}
		if got != nil {
			t.Errorf("%q: a trace beside an error", test.text)
		}
	}
}

func TestParse_ReturnsTheErrorOfTheReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if _, err := trace.Parse(iotest.ErrReader(broken)); !errors.Is(err, broken) || errors.Is(err, trace.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestParse_AllowsWhatIsNatural(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"partitions 1",
		"partitions 10\n0s join a\n1m leave a\n1m1ns return a",
		"partitions 10\n0s join a\n1m crash a\n1m return a",
		"partitions 10\n0s join a\n1m away a for=1m\n9m return a\n9m crash a",
		"partitions 10\r\n0s join a # a comment\r\n",
	} {
		parse(t, text)
	}
}

func TestValidate_FindsWhatTheParserNeverMakes(t *testing.T) {
	t.Parallel()
	join := trace.Event{Kind: trace.Join, Member: "a", Capacity: 1}
	for want, broken := range map[string]*trace.Trace{
		"0 partitions":                       {},
		"kind Kind(9)":                       {Partitions: 1, Events: []trace.Event{join, {Kind: 9, Member: "a"}}},
		"event 0: capacity 0":                {Partitions: 1, Events: []trace.Event{{Kind: trace.Join, Member: "a"}}},
		"event 1: time -1s":                  {Partitions: 1, Events: []trace.Event{join, {At: -time.Second, Kind: trace.Crash, Member: "a"}}},
		"ttl -1ns":                           {Partitions: 1, TTL: -1},
		"zone 1000":                          {Partitions: 1, Zones: []trace.ZoneRange{{Zone: 1000}}},
		"the end, 0s, is before":             {Partitions: 1, Events: []trace.Event{join, {At: 1, Kind: trace.Crash, Member: "a"}}},
		"event 0: partitions 0 to 1; give":   {Partitions: 1, Events: []trace.Event{{Kind: trace.Weight, Range: trace.Range{Last: 1}}}},
		"event 0: zone -1; give 0 to 999":    {Partitions: 1, Events: []trace.Event{{Kind: trace.Join, Member: "a", Zone: -1, Capacity: 1}}},
		`event 0: member name ""; give 1 to`: {Partitions: 1, Events: []trace.Event{{Kind: trace.Join, Capacity: 1}}},
	} {
		var out bytes.Buffer
		err := broken.Write(&out)
		if !errors.Is(err, trace.ErrInvalid) || !strings.Contains(err.Error(), want) || out.Len() > 0 {
			t.Errorf("got %v and %q, want %q and nothing", err, &out, want)
		}
	}
}

// What can be parsed is written, and read back as it was.
func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add("partitions 5\n0s join a\n1m leave a\n2m return a\n3m weight 1-2 7")
	f.Add("partitions 1\nttl 0s\n1.5s join -\n1h join . zone=9 capacity=3")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := trace.Parse(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, trace.ErrInvalid) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		var out bytes.Buffer
		if err := first.Write(&out); err != nil {
			t.Fatalf("%q is parsed, but not written: %v", text, err)
		}
		written := out.String()
		second, err := trace.Parse(&out)
		if err != nil || !reflect.DeepEqual(first, second) {
			t.Fatalf("%q became\n%+v, then %q, then\n%+v, %v", text, first, written, second, err)
		}
	})
}
