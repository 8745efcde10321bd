/** Source of objects from manifests: files are found, parsed, merged and watched. Problems carry file and line. */
@NullMarked
package io.pointsman.kubernetes.files;

import org.jspecify.annotations.NullMarked;
