package trace

import (
	"math"
	"time"
)

func deploy(m *maker) {
	m.join(m.Members)
	m.now = 5 * time.Minute
	m.replace(30 * time.Second)
	m.end = m.now + DefaultTail
}

// autoscale follows a curve that is lowest at the start of the day, in steps of ten
// minutes and with some noise.
func autoscale(m *maker) {
	const day, step = 24 * time.Hour, 10 * time.Minute
	for ; m.now < day; m.now += step {
		wave := 1 - math.Cos(2*math.Pi*m.now.Hours()/day.Hours())/2
		noise := 0.05 * m.random.NormFloat64()
		m.scale(max(1, int(math.Round(float64(m.Members)*(wave+noise)))))
	}
	m.end = day
}

func outage(m *maker) {
	m.join(m.Members)
	zone := m.random.IntN(zones)
	m.now = 10 * time.Minute
	for i, name := range m.fleet {
		if i%zones == zone {
			m.add(Event{At: m.now, Kind: Crash, Member: name})
			back := m.now + 20*time.Minute + time.Duration(m.random.IntN(60))*time.Second
			m.add(Event{At: back, Kind: Return, Member: name})
		}
	}
	m.end = time.Hour
}

func hot(m *maker) {
	m.join(m.Members)
	m.weigh()
	for range 6 {
		m.now += 30 * time.Minute
		m.heat()
	}
	m.end = m.now + 45*time.Minute
}

func mixed(m *maker) {
	m.join(m.Members)
	m.weigh()
	m.now = time.Hour // more is to do
	m.scale(m.Members + m.Members/4)
	m.now = 2 * time.Hour
	m.heat()
	m.now = 3 * time.Hour // one dies and comes back, another restarts in time
	m.stumble(Event{Kind: Crash, Member: m.fleet[0]}, 2*time.Minute)
	m.stumble(Event{Kind: Away, Member: m.fleet[1], For: time.Minute}, 30*time.Second)
	m.now = 4 * time.Hour
	m.replace(15 * time.Second)
	m.now = max(m.now, 7*time.Hour)
	m.heat()
	m.now += time.Hour // less is to do
	m.scale(m.Members)
	m.end = m.now + time.Hour
}

// stumble lets a member go, and return after a while.
func (m *maker) stumble(gone Event, after time.Duration) {
	gone.At = m.now
	m.add(gone)
	m.add(Event{At: m.now + after, Kind: Return, Member: gone.Member})
	m.now += 10 * time.Minute
}
