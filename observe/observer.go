package observe

// Observer receives events. Observe is called from the goroutines that keep
// leases alive: it must return quickly and must not call back into the node.
// It is called concurrently.
type Observer interface {
	Observe(Event)
}

// Func makes an Observer of a function.
type Func func(Event)

// Observe calls f.
func (f Func) Observe(e Event) { f(e) }

// Multi passes every event on to each of the observers, in order. Nil
// observers are left out.
func Multi(observers ...Observer) Observer {
	var some []Observer
	for _, o := range observers {
		if o != nil {
			some = append(some, o)
		}
	}
	return Func(func(e Event) {
		for _, o := range some {
			o.Observe(e)
		}
	})
}

// Nop drops every event.
func Nop() Observer { return Func(func(Event) {}) }

// OrNop returns o, or Nop for nil.
func OrNop(o Observer) Observer {
	if o == nil {
		return Nop()
	}
	return o
}
