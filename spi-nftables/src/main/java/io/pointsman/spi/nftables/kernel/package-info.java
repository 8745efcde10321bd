/** The kernel's state: each family's table is read, compared and changed in transactions; counters are read. */
package io.pointsman.spi.nftables.kernel;
