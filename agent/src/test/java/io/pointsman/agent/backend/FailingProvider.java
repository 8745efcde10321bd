package io.pointsman.agent.backend;

import io.pointsman.plan.ModeSemantics;
import io.pointsman.spi.Availability;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;

/** A provider whose constructor fails. */
public final class FailingProvider implements BackendProvider {
    public FailingProvider() {
        throw new IllegalStateException("its library is missing");
    }

    @Override
    public String name() {
        throw new AssertionError("never made");
    }

    @Override
    public int priority() {
        throw new AssertionError("never made");
    }

    @Override
    public Availability probe() {
        throw new AssertionError("never made");
    }

    @Override
    public Capabilities capabilities() {
        throw new AssertionError("never made");
    }

    @Override
    public ModeSemantics semantics() {
        throw new AssertionError("never made");
    }

    @Override
    public Backend open(BackendConfig config) {
        throw new AssertionError("never made");
    }
}
