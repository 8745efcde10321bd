/** What programs of the iptables family are called, and matches that are written for them. */
package io.pointsman.linux.iptables;
