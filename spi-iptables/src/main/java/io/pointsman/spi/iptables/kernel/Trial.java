package io.pointsman.spi.iptables.kernel;

import io.pointsman.linux.iptables.FlavourProbe;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.program.RuleTrial;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.iptables.render.Names;

/** Trial whether this kernel accepts the kinds of rules that we need, in a temporary network namespace. */
public final class Trial {
    private static final String RULES = """
            *nat
            :PTS-TRIAL - [0:0]
            -A PTS-TRIAL -p tcp -m statistic --mode random --probability 0.5 -j DNAT --to-destination 192.0.2.1:80
            -A PTS-TRIAL -j CONNMARK --set-xmark 0x0/0x2000
            -A PREROUTING -j PTS-TRIAL
            COMMIT
            *filter
            -A FORWARD -m connmark --mark 0x2000/0x2000 -m conntrack --ctstatus CONFIRMED -j ACCEPT
            -A FORWARD -m conntrack --ctstate NEW -j REJECT
            COMMIT
            """;

    /** Wait for the lock of iptables-legacy, which all network namespaces share: other agents may start at the same time. */
    private static final String LOCK_WAIT_SECONDS = "10";

    private Trial() {}

    /** Returns a probe for the flavour of iptables to use, which runs the given programs. */
    public static FlavourProbe probe(Programs programs) {
        return new FlavourProbe(
                programs,
                Names.PREFIX,
                (trying, flavour) -> RuleTrial.complaint(
                        trying, RULES, flavour.restore(IpFamily.IPV4), "--noflush", "-w", LOCK_WAIT_SECONDS));
    }
}
