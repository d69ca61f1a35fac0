// Command model explores the claim rule and the trust window within bounds, and
// prints a table. It fails if the library's rules break, or if a broken variant
// is not caught.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/tenure-go/tenure/internal/model"
	"github.com/tenure-go/tenure/internal/model/timed"
)

func main() {
	began := time.Now()
	failed := 0
	show := func(v model.Verdict, wrong bool) {
		fmt.Println(v)
		for i, line := range v.Trace {
			fmt.Printf("    %2d. %s\n", i+1, line)
		}
		if wrong {
			failed++
			fmt.Println("    NOT AS IT MUST BE")
		}
	}
	fmt.Printf("%-52s %9s %5s %7s  %s\n", "variant", "states", "depth", "seconds", "verdict")
	for _, v := range timed.Variants() {
		verdict := timed.Check(v)
		caught := verdict.Broken != "" && strings.HasPrefix(verdict.Broken, v.Breaks)
		show(verdict, (v.Breaks != "") != caught || verdict.States < v.AtLeast)
	}
	for _, v := range append(model.Mutants(), model.Large()...) {
		verdict := model.Check(v, 0)
		show(verdict, v.Mutant != (verdict.Broken != "") || !v.Mutant && (!verdict.Full || verdict.States < v.AtLeast))
	}
	took := time.Since(began).Seconds()
	if failed > 0 {
		fmt.Printf("model: FAILED, %d explorations did not end as they must, in %.0f s\n", failed, took)
		os.Exit(1)
	}
	fmt.Printf("model: ok, the library's rules hold and every broken variant is caught, in %.0f s\n", took)
}
