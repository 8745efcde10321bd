/**
 * Renders a plan for nf_tables: elements of shared maps, and one short chain for each kind of rule that occurs. Knows the
 * layout; accesses no kernel.
 */
package io.pointsman.spi.nftables.render;
