package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"

	"github.com/tenure-go/tenure/tools/torture/rig"
)

// WriteEvents writes the whole log into a file, one event of JSON on each line, to be
// searched when something was found.
func WriteEvents(path string, out *rig.Outcome) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	lines := json.NewEncoder(w)
	for _, e := range out.History.Events {
		if err := lines.Encode(e); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(w.Flush(), f.Close())
}
