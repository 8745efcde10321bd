package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.iptables.FlavourProbe;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.program.RuleTrial;
import io.pointsman.model.IpFamily;

/** Trial whether this kernel accepts the kinds of rules that we need, in a temporary network namespace. */
public final class Trial {
    /** Command that creates a set like ours and then loads the rules with the program given as its first argument. */
    private static final String COMMAND =
            "ipset create PTV-TRIAL hash:ip,port skbinfo && exec \"$0\" --noflush -w " + RuleText.LOCK_WAIT_SECONDS;

    private static final String RULES = """
        *mangle
        :PTV-TRIAL - [0:0]
        -A PTV-TRIAL -m conntrack --ctstate NEW -m connmark --mark 0x1/0x1 -j CONNMARK --set-xmark 0x2/0x2
        -A PTV-TRIAL -m set --match-set PTV-TRIAL dst,dst -j SET --map-set PTV-TRIAL dst,dst --map-mark
        COMMIT
        *nat
        -A POSTROUTING -m connmark --mark 0x1/0x1 -j MASQUERADE --random-fully
        COMMIT
        """;

    private Trial() {}

    /** Returns a probe for the flavour of iptables to use. */
    public static FlavourProbe probe() {
        return new FlavourProbe(
                Programs.ofNobody(),
                RuleText.LAYOUT.prefix(),
                (trying, flavour) ->
                        RuleTrial.complaint(trying, RULES, "sh", "-c", COMMAND, flavour.restore(IpFamily.IPV4)));
    }
}
