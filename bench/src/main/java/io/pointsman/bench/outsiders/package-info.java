/** What outsiders cost a node: memory, and what it costs others in time and requests; beside another build in the same run. */
package io.pointsman.bench.outsiders;
