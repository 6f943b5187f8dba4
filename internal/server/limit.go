package server

import (
	"container/list"
	"net"
	"net/http"
	"sync"
	"syscall"
)

const (
	mostConnections  = 1000 // at the same time
	leastConnections = 8
	shareOfFiles     = 4 // of all descriptors of the process, connections to its port get this part
)

// maxConnections returns how many connections the port takes: well below the limit of descriptors, so
// that enough are left for the inbox, Webex and devices.
func maxConnections() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return leastConnections
	}
	return int(min(max(limit.Cur/shareOfFiles, leastConnections), mostConnections))
}

// connections bounds the connections of a server. When there are too many, it closes the one in which
// nothing has happened for longest: a delivery takes milliseconds, so that is one that somebody holds
// open. Safe for concurrent use.
type connections struct {
	max int

	mu    sync.Mutex
	order *list.List // of net.Conn, by their last change of state, oldest first
	all   map[net.Conn]*list.Element
}

func newConnections(limit int) *connections {
	return &connections{max: limit, order: list.New(), all: map[net.Conn]*list.Element{}}
}

// changed is called when a connection changes its state, as http.Server does.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	if oldest := c.note(conn, state); oldest != nil {
		_ = oldest.Close() // its goroutine ends with an error of reading
	}
}

// note returns the connection to close, or nil.
func (c *connections) note(conn net.Conn, state http.ConnState) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.all[conn]
	switch {
	case state == http.StateClosed || state == http.StateHijacked:
		if e != nil {
			c.remove(e)
		}
		return nil
	case e != nil:
		c.order.MoveToBack(e)
		return nil
	}
	c.all[conn] = c.order.PushBack(conn)
	if len(c.all) <= c.max {
		return nil
	}
	return c.remove(c.order.Front())
}

func (c *connections) remove(e *list.Element) net.Conn {
	conn := c.order.Remove(e).(net.Conn)
	delete(c.all, conn)
	return conn
}
