package sqlserver

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the texts to testdata")

const textFile = "testdata/statements.sql"

// texts returns the statements by their names, without what is before each.
func texts() (names []string, text map[string]string) {
	text = map[string]string{}
	v := reflect.ValueOf(statementsFor(DefaultSchema))
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		names = append(names, name)
		text[name] = v.Field(i).String()
	}
	return names, text
}

// The whole of what is sent lies in a file, for a person to run and a reviewer to read:
// no server has seen it here.
func TestStatements_AreThoseOfTheFile(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	schema, err := SchemaSQL("")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "-- Migrate\n%s\n-- before each statement\n%s\n", schema, strings.TrimSpace(before))
	names, text := texts()
	for _, name := range names {
		fmt.Fprintf(&b, "\n-- %s\n%s\n", name, strings.TrimPrefix(text[name], before))
	}
	if *update {
		if err := os.WriteFile(textFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(textFile)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("the statements are not those of %s: look at each change, then run go test with -update. Now:\n%s", textFile, got)
	}
}

// What a server may ignore, or what shows writes that are never committed, is in none of
// the texts; the only WITH is that of OPENJSON.
func TestStatements_HaveNoHints(t *testing.T) {
	t.Parallel()
	hint := regexp.MustCompile(`(?i)\b(NOLOCK|READUNCOMMITTED|READPAST|UPDLOCK|HOLDLOCK|ROWLOCK|TABLOCKX?|MERGE|OPTION)\b`)
	names, text := texts()
	for _, name := range names {
		s := text[name]
		if found := hint.FindString(s); found != "" {
			t.Errorf("%s has %s", name, found)
		}
		if strings.Count(s, "WITH (") != strings.Count(s, "OPENJSON(@p2) WITH (") {
			t.Errorf("%s has a table hint: %s", name, s)
		}
		for _, part := range []string{"XACT_ABORT ON", "READ COMMITTED", "IMPLICIT_TRANSACTIONS OFF", "Updateability", "namespace"} {
			if !strings.Contains(s, part) {
				t.Errorf("%s lacks %s", name, part)
			}
		}
		if strings.Contains(s, "{") || !strings.Contains(s, "[tenure].") {
			t.Errorf("%s does not name the schema: %s", name, s)
		}
	}
}

// The arguments are those of sqlcore's seam: the namespace first, then up to three.
func TestStatements_UseTheirArguments(t *testing.T) {
	t.Parallel()
	argument := regexp.MustCompile(`@p[0-9]`)
	names, text := texts()
	want := map[string]int{"Open": 4, "Renew": 2, "Close": 2, "Sessions": 1, "Kill": 2, "Read": 2, "List": 3, "Look": 2, "Create": 2, "Replace": 2, "Delete": 2}
	for _, name := range names {
		seen := map[string]bool{}
		for _, a := range argument.FindAllString(text[name], -1) {
			seen[a] = true
		}
		for n := range want[name] {
			if a := fmt.Sprint("@p", n+1); !seen[a] {
				t.Errorf("%s does not use %s", name, a)
			}
		}
		if len(seen) != want[name] {
			t.Errorf("%s uses %v, want %d arguments", name, seen, want[name])
		}
	}
}
