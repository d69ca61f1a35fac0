// Command model explores the claim rule within bounds and prints a table. It
// fails if the library's rules break, or if a broken variant is not caught.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/tenure-go/tenure/internal/model"
)

func main() {
	began := time.Now()
	failed := 0
	fmt.Printf("%-52s %9s %5s %7s  %s\n", "variant", "states", "depth", "seconds", "verdict")
	for _, v := range append(model.Mutants(), model.Large()...) {
		verdict := model.Check(v, 0)
		fmt.Println(verdict)
		if verdict.Broken != "" {
			for i, line := range verdict.Trace {
				fmt.Printf("    %2d. %s\n", i+1, line)
			}
		}
		if v.Mutant != (verdict.Broken != "") || !v.Mutant && (!verdict.Full || verdict.States < v.AtLeast) {
			failed++
		}
	}
	took := time.Since(began).Seconds()
	if failed > 0 {
		fmt.Printf("model: FAILED, %d explorations did not end as they must, in %.0f s\n", failed, took)
		os.Exit(1)
	}
	fmt.Printf("model: ok, the library's rules hold and every broken variant is caught, in %.0f s\n", took)
}
