/** Netlink: sockets, requests with acknowledgement, dumps, events; messages written and read in place. */
package io.pointsman.linux.netlink;
