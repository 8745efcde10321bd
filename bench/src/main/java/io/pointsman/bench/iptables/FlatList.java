package io.pointsman.bench.iptables;

import io.pointsman.bench.kernel.Services;
import io.pointsman.model.IpAddress;
import java.util.List;
import java.util.Locale;

/** Rules for the same services in one flat list, as kube-proxy writes them, without the backend's dispatch tree. */
final class FlatList {
    private FlatList() {}

    /** Returns input for iptables-restore. */
    static String rules(int services, List<IpAddress> endpoints) {
        final StringBuilder text = new StringBuilder("*nat\n:FLAT - [0:0]\n:FLAT-ENDPOINTS - [0:0]\n");
        for (int i = 0; i < services; i++) {
            text.append("-A FLAT -d ")
                    .append(Services.vip(i))
                    .append("/32 -p tcp -m tcp --dport ")
                    .append(Services.PORT)
                    .append(" -j FLAT-ENDPOINTS\n");
        }
        for (int i = 0; i < endpoints.size(); i++) {
            text.append("-A FLAT-ENDPOINTS -p tcp ");
            if (i < endpoints.size() - 1) {
                text.append(String.format(
                        Locale.ROOT, "-m statistic --mode random --probability %.5f ", 1.0 / (endpoints.size() - i)));
            }
            text.append("-j DNAT --to-destination ")
                    .append(endpoints.get(i))
                    .append(':')
                    .append(Services.TARGET_PORT)
                    .append('\n');
        }
        return text.append("-A PREROUTING -j FLAT\n-A POSTROUTING -d 10.99.0.0/24 -j MASQUERADE\nCOMMIT\n")
                .toString();
    }
}
