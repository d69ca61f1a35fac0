package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"
)

// The program of the tests is its own child, like the command.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childArgument {
		os.Exit(child(os.Args[2:], os.Stdout, clientMemory))
	}
	os.Exit(m.Run())
}

func TestAsk_MeasuresAClientInAChild(t *testing.T) {
	t.Parallel()
	for _, c := range clients {
		a, late, err := ask(clientTime, c, cell{size: sizes[0], change: join})
		if err != nil || late {
			t.Fatalf("%s: late %v, error %v", c.name, late, err)
		}
		if a.Client <= 0 || a.Ours <= 0 || a.Moves != 100 || !a.Even || a.TooMuch {
			t.Errorf("%s: %+v; want two times and 100 moves", c.name, a)
		}
	}
}

func TestAsk_EndsAChildThatTakesTooLong(t *testing.T) {
	t.Parallel()
	in := cell{size: sizes[2], change: fresh}
	begun := time.Now()
	_, late, err := ask(500*time.Millisecond, sarama, in)
	if err != nil || !late {
		t.Errorf("late %v, error %v", late, err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestChild_GivesUpWhenItNeedsTooMuch(t *testing.T) {
	t.Parallel()
	var output bytes.Buffer
	status := child([]string{"sarama", fresh, "10k×100"}, &output, 1)
	var a answer
	if err := json.Unmarshal(output.Bytes(), &a); err != nil || status != 0 || !a.TooMuch {
		t.Errorf("status %d, error %v, printed %q", status, err, &output)
	}
}

func TestAsk_TellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	if _, _, err := ask(clientTime, franzGo, cell{size: size{name: "2×2"}, change: fresh}); err == nil {
		t.Error("no error for a size that is not there")
	}
}
