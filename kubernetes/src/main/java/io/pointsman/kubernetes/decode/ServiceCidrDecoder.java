package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.RefusedException;
import io.pointsman.model.Cidr;
import io.pointsman.model.ServiceCidr;
import java.util.ArrayList;
import java.util.List;

/** Reads a networking.k8s.io/v1 ServiceCIDR, whether Ready or not, as kube-proxy does. */
final class ServiceCidrDecoder {
    private ServiceCidrDecoder() {}

    static ServiceCidr decode(Field object) throws RefusedException {
        final List<Cidr> ranges = new ArrayList<>();
        for (Field item : object.get("spec").get("cidrs").items()) {
            ranges.add(Addresses.range(item));
        }
        return new ServiceCidr(new Metadata(object).name(), ranges);
    }
}
