/** The iptables backend as a whole: how long a plan takes to the kernel, and what its rules cost a new connection. */
package io.pointsman.bench.iptables;
