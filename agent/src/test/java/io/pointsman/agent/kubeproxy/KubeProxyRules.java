package io.pointsman.agent.kubeproxy;

import io.pointsman.model.IpFamily;

/** Rules as kube-proxy and other programs write them, for iptables-restore. */
public final class KubeProxyRules {
    private KubeProxyRules() {}

    /** Returns the rules of one Service of type LoadBalancer with an endpoint, in mode iptables. */
    public static String iptablesMode(IpFamily family) {
        final boolean isIpv4 = family == IpFamily.IPV4;
        return """
                *mangle
                :KUBE-PROXY-CANARY - [0:0]
                COMMIT
                *nat
                :KUBE-PROXY-CANARY - [0:0]
                :KUBE-SERVICES - [0:0]
                :KUBE-NODEPORTS - [0:0]
                :KUBE-POSTROUTING - [0:0]
                :KUBE-MARK-MASQ - [0:0]
                :KUBE-SVC-NPX46M4PTMTKRN6Y - [0:0]
                :KUBE-SVL-NPX46M4PTMTKRN6Y - [0:0]
                :KUBE-EXT-NPX46M4PTMTKRN6Y - [0:0]
                :KUBE-FW-NPX46M4PTMTKRN6Y - [0:0]
                :KUBE-SEP-Y5H4NFS54V62ELJP - [0:0]
                -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
                -A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
                -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
                -A KUBE-SERVICES -d VIP -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-NPX46M4PTMTKRN6Y
                -A KUBE-SERVICES -d LB -p tcp -m comment --comment "default/web:http loadbalancer IP" -m tcp --dport 80 -j KUBE-EXT-NPX46M4PTMTKRN6Y
                -A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
                -A KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-EXT-NPX46M4PTMTKRN6Y
                -A KUBE-EXT-NPX46M4PTMTKRN6Y -m comment --comment "masquerade traffic for default/web:http external destinations" -j KUBE-MARK-MASQ
                -A KUBE-EXT-NPX46M4PTMTKRN6Y -j KUBE-SVC-NPX46M4PTMTKRN6Y
                -A KUBE-SVC-NPX46M4PTMTKRN6Y -m comment --comment "default/web:http -> POD" -j KUBE-SEP-Y5H4NFS54V62ELJP
                -A KUBE-SEP-Y5H4NFS54V62ELJP -s POD -m comment --comment "default/web:http" -j KUBE-MARK-MASQ
                -A KUBE-SEP-Y5H4NFS54V62ELJP -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination PODPORT
                -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
                -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
                -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
                -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE
                COMMIT
                *filter
                :KUBE-PROXY-CANARY - [0:0]
                :KUBE-SERVICES - [0:0]
                :KUBE-EXTERNAL-SERVICES - [0:0]
                :KUBE-FORWARD - [0:0]
                :KUBE-NODEPORTS - [0:0]
                :KUBE-PROXY-FIREWALL - [0:0]
                -A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
                -A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
                -A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
                -A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
                -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
                -A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
                -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
                -A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
                -A KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http health check node port" -m tcp --dport 32122 -j ACCEPT
                -A KUBE-SERVICES -d VIP -p tcp -m comment --comment "default/db has no endpoints" -m tcp --dport 5432 -j REJECT
                COMMIT
                """.replace("VIP", isIpv4 ? "10.96.0.10" : "fd00:10:96::10")
                .replace("LB", isIpv4 ? "203.0.113.140" : "2001:db8:113::140")
                .replace("PODPORT", isIpv4 ? "10.244.1.11:8080" : "[fd00:10:244:1::11]:8080")
                .replace("POD", isIpv4 ? "10.244.1.11" : "fd00:10:244:1::11");
    }

    /**
     * Returns rules of the kubelet, kube-router, a network plugin and people; some names are easily mistaken for
     * kube-proxy's.
     */
    static String foreign(IpFamily family) {
        return """
                *mangle
                :KUBE-KUBELET-CANARY - [0:0]
                :KUBE-IPTABLES-HINT - [0:0]
                :KUBE-SERVICES - [0:0]
                COMMIT
                *nat
                :KUBE-KUBELET-CANARY - [0:0]
                :KUBE-MARK-DROP - [0:0]
                :KUBE-SVC-short - [0:0]
                :KUBE-SVC-NPX46M4PTMTKRN6YX - [0:0]
                :CNI-HOSTPORT-DNAT - [0:0]
                -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
                -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j MASQUERADE
                -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000
                COMMIT
                *filter
                :KUBE-KUBELET-CANARY - [0:0]
                :KUBE-FIREWALL - [0:0]
                :KUBE-ROUTER-INPUT - [0:0]
                :KUBE-NWPLCY-DEFAULT - [0:0]
                :KUBE-POD-FW-Y5H4NFS54V62ELJP - [0:0]
                -A INPUT -j KUBE-FIREWALL
                -A INPUT -m comment --comment "kube-router netpol - 4IA2OSFRMVNDXBVV" -j KUBE-ROUTER-INPUT
                -A INPUT -m comment --comment "this is not -j KUBE-SERVICES" -j ACCEPT
                -A OUTPUT -j KUBE-FIREWALL
                -A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP
                -A KUBE-ROUTER-INPUT -j KUBE-POD-FW-Y5H4NFS54V62ELJP
                COMMIT
                """;
    }

    /** Returns the rules of mode ipvs, which match by sets. */
    static String ipvsMode() {
        return """
                *nat
                :KUBE-SERVICES - [0:0]
                :KUBE-POSTROUTING - [0:0]
                :KUBE-NODE-PORT - [0:0]
                :KUBE-LOAD-BALANCER - [0:0]
                :KUBE-MARK-MASQ - [0:0]
                -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
                -A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
                -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
                -A KUBE-SERVICES -m comment --comment "Kubernetes service cluster ip + port for masquerade purpose" -m set --match-set KUBE-CLUSTER-IP src,dst -j KUBE-MARK-MASQ
                -A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT
                -A KUBE-NODE-PORT -p tcp -m comment --comment "Kubernetes nodeport TCP port for masquerade purpose" -m set --match-set KUBE-NODE-PORT-TCP dst -j KUBE-MARK-MASQ
                -A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ
                -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
                COMMIT
                *filter
                :KUBE-IPVS-FILTER - [0:0]
                :KUBE-IPVS-OUT-FILTER - [0:0]
                :KUBE-SOURCE-RANGES-FIREWALL - [0:0]
                -A INPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER
                -A OUTPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-OUT-FILTER
                -A KUBE-IPVS-FILTER -m set --match-set KUBE-CLUSTER-IP dst,dst -j RETURN
                COMMIT
                """;
    }
}
