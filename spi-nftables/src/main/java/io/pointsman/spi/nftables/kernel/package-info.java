/** What the kernel has of a plan: read, compared and changed in transactions, the table of each family apart; and its counters. */
package io.pointsman.spi.nftables.kernel;
