/** YAML and JSON to trees of plain values, within limits, with the line of what is wrong. */
@NullMarked
package io.pointsman.kubernetes.yaml;

import org.jspecify.annotations.NullMarked;
