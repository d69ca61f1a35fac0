// Command mutants runs every wrong version of the library against the test that
// has to notice it, two at a time, and prints which test caught which. Its exit
// status is 1 if one survives. With arguments it runs those whose name, package or test
// contains one of them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/internal/mutants"
)

func main() { os.Exit(run()) }

func run() (status int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root, err := filepath.Abs(".")
	if err == nil {
		_, err = os.Stat(filepath.Join(root, "go.mod"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants: run it in the root of the module:", err)
		return 2
	}
	began := time.Now()
	all := chosen(os.Args[1:])
	fmt.Printf("%-62s %-9s %7s  %s\n", "wrong version", "breaks", "seconds", "caught by")
	survivors := mutants.RunAll(ctx, root, all, 2, show)
	result := "ok"
	if survivors > 0 || len(all) == 0 {
		result, status = "FAILED", 1
	}
	fmt.Printf("mutants: %s, %d of %d caught, in %.0f s\n", result, len(all)-survivors, len(all), time.Since(began).Seconds())
	return status
}

func chosen(words []string) []mutants.Mutant {
	return slices.DeleteFunc(mutants.All(), func(m mutants.Mutant) bool {
		return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool {
			return strings.Contains(m.Name, w) || m.Package == w || m.Test == w
		})
	})
}

func show(v mutants.Verdict) {
	m := v.Mutant
	by := m.Package + "." + m.Test
	if v.Err != nil {
		by = "NOBODY"
	}
	fmt.Printf("%-62s %-9s %7.1f  %s\n", m.Name, m.Holds, v.Took.Seconds(), by)
	if v.Err != nil {
		fmt.Println(indent(v.Err.Error()))
	} else if v.Line != "" {
		fmt.Println(indent(v.Line))
	}
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}
