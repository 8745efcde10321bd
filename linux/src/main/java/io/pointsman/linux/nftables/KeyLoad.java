package io.pointsman.linux.nftables;

import io.pointsman.model.IpFamily;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads the parts of a concatenated key into registers in a row, each part beginning a register of 4 bytes. Its parts come
 * in the order of the set's {@link NamedSet#key}.
 */
public final class KeyLoad {
    private final Register first;
    private final List<Expression> expressions = new ArrayList<>();
    private Register next;

    /** Makes the expression that loads a part into a register. */
    @FunctionalInterface
    public interface Loader {
        Expression into(Register target);
    }

    private KeyLoad(Register first) {
        this.first = first;
        this.next = first;
    }

    /** Begins in a register; the key may fill it and all behind it. */
    public static KeyLoad at(Register first) {
        return new KeyLoad(first);
    }

    /** A part of this many bytes. */
    public KeyLoad part(int bytes, Loader loader) {
        expressions.add(loader.into(next));
        next = next.behind(bytes);
        return this;
    }

    public KeyLoad sourceAddress(IpFamily family) {
        final int bytes = family == IpFamily.IPV4 ? 4 : 16;
        return part(
                bytes,
                to -> new Expression.Payload(Expression.Header.NETWORK, family == IpFamily.IPV4 ? 12 : 8, bytes, to));
    }

    public KeyLoad destinationAddress(IpFamily family) {
        final int bytes = family == IpFamily.IPV4 ? 4 : 16;
        return part(
                bytes,
                to -> new Expression.Payload(Expression.Header.NETWORK, family == IpFamily.IPV4 ? 16 : 24, bytes, to));
    }

    /** Its number, of one byte. */
    public KeyLoad protocol() {
        return part(1, to -> new Expression.Meta(Expression.MetaKey.L4PROTO, to));
    }

    /** Of TCP, UDP or SCTP. */
    public KeyLoad sourcePort() {
        return part(2, to -> new Expression.Payload(Expression.Header.TRANSPORT, 0, 2, to));
    }

    /** Of TCP, UDP or SCTP. */
    public KeyLoad destinationPort() {
        return part(2, to -> new Expression.Payload(Expression.Header.TRANSPORT, 2, 2, to));
    }

    /** A random number of 4 bytes in the host's order, 0 to modulus - 1. */
    public KeyLoad random(int modulus) {
        return part(4, to -> Expression.Generate.random(modulus, to));
    }

    /** A constant. */
    public KeyLoad constant(Bytes value) {
        return part(value.length(), to -> new Expression.Load(to, value));
    }

    /** Where the key begins. */
    public Register key() {
        return first;
    }

    /** The first register behind the key. */
    public Register behind() {
        return next;
    }

    /** In the order of the parts. */
    public List<Expression> expressions() {
        return List.copyOf(expressions);
    }
}
