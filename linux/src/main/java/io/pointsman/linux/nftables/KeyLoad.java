package io.pointsman.linux.nftables;

import io.pointsman.model.IpFamily;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads the parts of a concatenated key into consecutive registers; each part begins a register of 4 bytes. Parts are in the
 * order of the set's {@link NamedSet#key}.
 */
public final class KeyLoad {
    private final Register first;
    private final List<Expression> expressions = new ArrayList<>();
    private Register next;

    /** Creates the expression that loads a part into a register. */
    @FunctionalInterface
    public interface Loader {
        Expression into(Register target);
    }

    private KeyLoad(Register first) {
        this.first = first;
        this.next = first;
    }

    /** Starts a key in a register; the key may fill this and all later ones. */
    public static KeyLoad at(Register first) {
        return new KeyLoad(first);
    }

    /** Adds a part of this many bytes. */
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

    /** Adds the protocol's number, one byte. */
    public KeyLoad protocol() {
        return part(1, to -> new Expression.Meta(Expression.MetaKey.L4PROTO, to));
    }

    /** Adds the source port of TCP, UDP or SCTP. */
    public KeyLoad sourcePort() {
        return part(2, to -> new Expression.Payload(Expression.Header.TRANSPORT, 0, 2, to));
    }

    /** Adds the destination port of TCP, UDP or SCTP. */
    public KeyLoad destinationPort() {
        return part(2, to -> new Expression.Payload(Expression.Header.TRANSPORT, 2, 2, to));
    }

    /** Adds a random number of 4 bytes in host order, 0 to modulus - 1. */
    public KeyLoad random(int modulus) {
        return part(4, to -> Expression.Generate.random(modulus, to));
    }

    /** Adds a constant. */
    public KeyLoad constant(Bytes value) {
        return part(value.length(), to -> new Expression.Load(to, value));
    }

    /** First register of the key. */
    public Register key() {
        return first;
    }

    /** First register after the key. */
    public Register behind() {
        return next;
    }

    /** Expressions that load the key, in the order of its parts. */
    public List<Expression> expressions() {
        return List.copyOf(expressions);
    }
}
