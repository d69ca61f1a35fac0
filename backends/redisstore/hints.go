package redisstore

import (
	"context"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// hints hears what the scripts publish, over one subscription for all watches of a
// store. A message may be lost: watches poll, and a hint only makes one poll sooner.
type hints struct {
	client  redis.UniversalClient
	channel string

	mu        sync.Mutex // guards what follows; never held across a call to the server
	listeners map[*listener]bool
	stop      context.CancelFunc // ends listen; nil while nobody listens
}

// listener is told of the names that it wants: record keys and session keys.
type listener struct {
	wants func(name string) bool
	tell  func() // never blocks
}

func newHints(client redis.UniversalClient, channel string) *hints {
	return &hints{client: client, channel: channel, listeners: map[*listener]bool{}}
}

// add begins the subscription with the first listener. The goroutine of listen belongs
// to the listeners: it ends with the last of them.
func (h *hints) add(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners[l] = true
	if h.stop == nil {
		ctx, stop := context.WithCancel(context.Background())
		h.stop = stop
		go h.listen(ctx)
	}
}

func (h *hints) remove(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, l)
	if len(h.listeners) == 0 && h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

// listen passes messages on until ctx is done. The client library connects again by
// itself, in a cluster to the server that holds the channel's slot then. Every time
// it has subscribed, all are told, because messages before that are lost.
func (h *hints) listen(ctx context.Context) {
	subscription := h.client.SSubscribe(ctx, h.channel)
	defer func() { _ = subscription.Close() }()
	messages := subscription.ChannelWithSubscriptions()
	for {
		select {
		case message, open := <-messages:
			if !open {
				return
			}
			if m, ok := message.(*redis.Message); ok {
				h.pass(m.Payload)
			} else {
				h.passAll()
			}
		case <-ctx.Done():
			return
		}
	}
}

// pass tells those who want one of the names in a message.
func (h *hints) pass(message string) {
	names := strings.Split(message, "\n")
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		for _, name := range names {
			if l.wants(name) {
				l.tell()
				break
			}
		}
	}
}

func (h *hints) passAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		l.tell()
	}
}
