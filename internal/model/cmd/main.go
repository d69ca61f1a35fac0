// Command model explores the claim rule, sharing out, and the trust window
// within bounds, two variants at a time, and prints a table. It fails if the
// library's rules break, or if a broken variant is not caught.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/tenure-go/tenure/internal/model"
	"github.com/tenure-go/tenure/internal/model/sharing"
	"github.com/tenure-go/tenure/internal/model/timed"
)

// exploration runs one variant and says whether it ended as it must.
type exploration func() (v model.Verdict, ok bool)

func main() {
	began := time.Now()
	failed := 0
	fmt.Printf("%-54s %9s %5s %7s  %s\n", "variant", "states", "depth", "seconds", "verdict")
	for _, done := range start(all(), 2) {
		r := <-done
		fmt.Println(r.verdict)
		for i, line := range r.verdict.Trace {
			fmt.Printf("    %2d. %s\n", i+1, line)
		}
		if !r.ok {
			failed++
			fmt.Println("    NOT AS IT MUST BE")
		}
	}
	took := time.Since(began).Seconds()
	if failed > 0 {
		fmt.Printf("model: FAILED, %d explorations did not end as they must, in %.0f s\n", failed, took)
		os.Exit(1)
	}
	fmt.Printf("model: ok, the library's rules hold and every broken variant is caught, in %.0f s\n", took)
}

func all() (list []exploration) {
	// The longest come first, so that two cores end at about the same time.
	for _, v := range append(model.Large(), model.Mutants()...) {
		list = append(list, func() (model.Verdict, bool) {
			got := model.Check(v, 0)
			return got, v.Mutant == (got.Broken != "") && (v.Mutant || got.Full && got.States >= v.AtLeast)
		})
	}
	for _, v := range timed.Variants() {
		list = append(list, func() (model.Verdict, bool) {
			got := timed.Check(v)
			return got, (v.Breaks == "") == (got.Broken == "") && strings.HasPrefix(got.Broken, v.Breaks) && got.States >= v.AtLeast
		})
	}
	for _, v := range append(sharing.Mutants(), sharing.Large()...) {
		list = append(list, func() (model.Verdict, bool) {
			got := sharing.Check(v)
			return got, v.Mutant == (got.Broken != "") && got.States >= v.AtLeast
		})
	}
	return list
}

type result struct {
	verdict model.Verdict
	ok      bool
}

// start runs explorations, n at a time, and returns where each will tell its
// result.
func start(list []exploration, n int) []chan result {
	results := make([]chan result, len(list))
	slots := make(chan struct{}, n)
	for i := range list {
		results[i] = make(chan result, 1)
	}
	go func() { // ends when the last exploration has begun
		for i, explore := range list {
			slots <- struct{}{}
			go func() {
				verdict, ok := explore()
				<-slots
				results[i] <- result{verdict, ok}
			}()
		}
	}()
	return results
}
