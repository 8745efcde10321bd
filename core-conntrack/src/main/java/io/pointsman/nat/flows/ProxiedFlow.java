package io.pointsman.nat.flows;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.nat.InputInterface;
import io.pointsman.nat.counters.ServicePortCounts;
import io.pointsman.nat.policy.CompiledPlan;
import io.pointsman.nat.policy.CompiledRule;
import io.pointsman.nat.policy.EndpointState;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.spi.FlowRecord;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/**
 * A connection carried by the kernel's sockets: from client to VIP, and to the endpoint that a backend dials. Any thread.
 */
public final class ProxiedFlow {
    private static final VarHandle BYTES_OUT;
    private static final VarHandle BYTES_BACK;
    private static final VarHandle DIAL;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            BYTES_OUT = lookup.findVarHandle(ProxiedFlow.class, "bytesOut", long.class);
            BYTES_BACK = lookup.findVarHandle(ProxiedFlow.class, "bytesBack", long.class);
            DIAL = lookup.findVarHandle(ProxiedFlow.class, "dial", Dial.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The dialed endpoint, and the rule by which it was chosen. */
    public record Dial(EndpointState state, PoolEndpoint endpoint, CompiledRule rule) {}

    final long handle;
    public final Protocol protocol;
    public final IpAddress client;
    public final int clientPort;
    public final IpAddress vip;
    public final int vipPort;
    final InputInterface inputInterface;
    final ServicePortCounts counts; // of the rule that opened it

    @SuppressWarnings("FieldMayBeFinal") // written through DIAL
    private volatile Dial dial;

    private volatile boolean established;

    @SuppressWarnings("UnusedVariable") // through BYTES_OUT
    private volatile long bytesOut;

    @SuppressWarnings("UnusedVariable") // through BYTES_BACK
    private volatile long bytesBack;

    ProxiedFlow(
            long handle,
            Protocol protocol,
            IpAddress client,
            int clientPort,
            IpAddress vip,
            int vipPort,
            InputInterface inputInterface,
            Dial dial) {
        this.handle = handle;
        this.protocol = protocol;
        this.client = client;
        this.clientPort = clientPort;
        this.vip = vip;
        this.vipPort = vipPort;
        this.inputInterface = inputInterface;
        this.dial = dial;
        counts = dial.rule().counts;
    }

    public Dial dial() {
        return dial;
    }

    /** Replaces the dialed endpoint. Returns false if another thread did so first. */
    boolean redial(Dial from, Dial to) {
        return DIAL.compareAndSet(this, from, to);
    }

    public void establish() {
        established = true;
    }

    public void transferred(long out, long back) {
        BYTES_OUT.getAndAdd(this, out);
        BYTES_BACK.getAndAdd(this, back);
        counts.transferred(out, back);
    }

    public long bytesOut() {
        return bytesOut;
    }

    public long bytesBack() {
        return bytesBack;
    }

    public FlowRecord record(CompiledPlan plan) {
        final PoolEndpoint endpoint = dial().endpoint();
        final CompiledRule rule = plan.ruleFor(protocol.number(), vip.isIpv4(), vip.high(), vip.low(), vipPort);
        return new FlowRecord(
                new FlowRecord.Tuple(protocol, client, clientPort, vip, vipPort),
                new FlowRecord.Tuple(protocol, endpoint.address(), endpoint.port(), client, clientPort),
                Optional.ofNullable(rule).map(inForce -> inForce.rule.owner()),
                established ? "ESTABLISHED" : protocol == Protocol.UDP ? "UNREPLIED" : "SYN_SENT",
                0,
                bytesOut,
                0,
                bytesBack,
                Optional.empty());
    }
}
