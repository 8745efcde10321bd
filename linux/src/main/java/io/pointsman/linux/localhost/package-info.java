/** Node ports on 127.0.0.1 and ::1, served by sockets of this process for backends that can't translate packets there. */
@NullMarked
package io.pointsman.linux.localhost;

import org.jspecify.annotations.NullMarked;
