/** YAML and JSON as trees of plain values, read within limits, with line numbers for faults. */
@NullMarked
package io.pointsman.kubernetes.yaml;

import org.jspecify.annotations.NullMarked;
