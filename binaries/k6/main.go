// Command k6 is Grafana k6 with the xk6-disruptor extension linked in.
package main

import (
	"go.k6.io/k6/cmd"

	_ "github.com/grafana/xk6-disruptor"
)

func main() {
	cmd.Execute()
}
