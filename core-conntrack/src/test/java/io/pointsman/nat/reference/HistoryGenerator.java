package io.pointsman.nat.reference;

import io.pointsman.model.IpAddress;
import io.pointsman.nat.reference.ModelPacket.Content;
import io.pointsman.nat.reference.ModelPacket.Piece;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Random histories: connections that open, talk, close, reset, are retransmitted, fail and time out, while plans change. */
public final class HistoryGenerator {
    private static final List<Transport> PROTOCOLS = List.of(Transport.TCP, Transport.UDP, Transport.SCTP);
    private static final int[] SECONDS = {1, 2, 4, 9, 11, 29, 31, 59, 61, 119, 121, 433_000};
    private static final int[] TCP_FLAGS = {
        TcpModel.SYN,
        TcpModel.SYN,
        TcpModel.SYN | TcpModel.ACK,
        TcpModel.ACK,
        TcpModel.ACK,
        TcpModel.ACK | 0x08,
        TcpModel.FIN | TcpModel.ACK,
        TcpModel.RST,
        TcpModel.RST | TcpModel.ACK,
        0,
    };
    private static final int[] SCTP_CHUNKS = {1, 2, 10, 11, 0, 3, 7, 8, 14, 6};

    private final World world;
    private final Random random;
    private final PlanGenerator plans;
    private final List<Step> steps = new ArrayList<>();
    private final List<Step.Send> opened = new ArrayList<>();
    private ForwardingPlan plan;

    private HistoryGenerator(World world, Random random) {
        this.world = world;
        this.random = random;
        plans = new PlanGenerator(world, random);
        plan = plans.next();
    }

    /** A history of about this many steps, beginning with a plan; the same for the same seed. */
    public static List<Step> generate(World world, long seed, int length) {
        final HistoryGenerator generator = new HistoryGenerator(world, new Random(seed));
        generator.steps.add(new Step.Install(generator.plan));
        while (generator.steps.size() < length) {
            generator.addStep();
        }
        return List.copyOf(generator.steps);
    }

    private void addStep() {
        final int roll = random.nextInt(100);
        if (roll < 3) {
            plan = plans.next();
            steps.add(new Step.Install(plan));
        } else if (roll < 10) {
            steps.add(new Step.Wait(Duration.ofSeconds(SECONDS[random.nextInt(SECONDS.length)])));
        } else if (roll < 35 || opened.isEmpty()) {
            open();
        } else {
            final Step.Send flow = opened.get(Math.max(0, opened.size() - 1 - random.nextInt(8)));
            if (roll < 50) {
                handshake(flow);
            } else if (roll < 57) {
                fragments(flow);
            } else if (roll < 72) {
                steps.add(
                        new Step.Answer(flow.original(), content(flow.original().protocol()), shape()));
            } else if (roll < 88) {
                steps.add(new Step.Send(flow.original(), content(flow.original().protocol()), flow.input(), shape()));
            } else {
                steps.add(new Step.Report(flow.original(), random.nextBoolean(), random.nextBoolean(), shape()));
            }
        }
    }

    private void open() {
        final List<IpAddress> clients = world.clients();
        final IpAddress client = clients.get(random.nextInt(clients.size()));
        final List<Frontend> frontends = plan.rules().keySet().stream().sorted().toList();
        final int port = 40_000 + random.nextInt(3);
        final Tuple tuple;
        if (frontends.isEmpty() || random.nextInt(10) == 0) {
            tuple = new Tuple(protocol(), client, port, elsewhere(), random.nextBoolean() ? 80 : 32_122);
        } else if (random.nextInt(10) == 0) {
            final Frontend pinged = frontends.get(random.nextInt(frontends.size()));
            tuple = new Tuple(Transport.ECHO, client, port, pinged.isNodePort() ? elsewhere() : pinged.vip(), port);
        } else {
            final Frontend frontend = frontends.get(random.nextInt(frontends.size()));
            final IpAddress destination = frontend.isNodePort() ? nodeAddress() : frontend.vip();
            tuple = new Tuple(Transport.of(frontend.protocol()), client, port, destination, frontend.port());
        }
        final Content first = random.nextInt(8) == 0 ? content(tuple.protocol()) : first(tuple.protocol());
        final Step.Send step = new Step.Send(tuple, first, world.inputOf(client), shape());
        opened.add(step);
        steps.add(step);
    }

    private void handshake(Step.Send flow) {
        final Tuple tuple = flow.original();
        switch (tuple.protocol()) {
            case TCP -> {
                steps.add(new Step.Send(tuple, new Content.Tcp(TcpModel.SYN), flow.input(), shape()));
                steps.add(new Step.Answer(tuple, new Content.Tcp(TcpModel.SYN | TcpModel.ACK), shape()));
                steps.add(new Step.Send(tuple, new Content.Tcp(TcpModel.ACK), flow.input(), shape()));
            }
            case UDP -> {
                steps.add(new Step.Send(tuple, new Content.Udp(), flow.input(), shape()));
                steps.add(new Step.Answer(tuple, new Content.Udp(), shape()));
            }
            case ECHO -> {
                steps.add(new Step.Send(tuple, new Content.Echo(true), flow.input(), shape()));
                steps.add(new Step.Answer(tuple, new Content.Echo(false), shape()));
            }
            case SCTP -> {
                steps.add(new Step.Send(tuple, new Content.Sctp(SctpModel.INIT), flow.input(), shape()));
                steps.add(new Step.Answer(tuple, new Content.Sctp(2), shape()));
                steps.add(new Step.Send(tuple, new Content.Sctp(SctpModel.COOKIE_ECHO), flow.input(), shape()));
                steps.add(new Step.Answer(tuple, new Content.Sctp(SctpModel.COOKIE_ACK), shape()));
            }
        }
    }

    /** A packet in two pieces: usually in order, sometimes one alone or late, few ids so that packets get mixed up. */
    private void fragments(Step.Send flow) {
        final boolean isAnswer = random.nextInt(3) == 0;
        final Content content = random.nextInt(4) == 0
                ? content(flow.original().protocol())
                : usual(flow.original().protocol());
        final int id = random.nextInt(3);
        final int order = random.nextInt(8);
        if (order > 0) {
            piece(flow, content, isAnswer, new Piece(id, true));
        }
        if (order == 1) {
            steps.add(new Step.Wait(Duration.ofSeconds(random.nextBoolean() ? 5 : 29)));
        } else if (order == 2) {
            steps.add(new Step.Send(flow.original(), content, flow.input(), shape()));
        }
        if (order < 7) {
            piece(flow, content, isAnswer, new Piece(id, false));
        }
    }

    private void piece(Step.Send flow, Content content, boolean isAnswer, Piece piece) {
        steps.add(
                isAnswer
                        ? new Step.Answer(flow.original(), content, shape(), Optional.of(piece))
                        : new Step.Send(flow.original(), content, flow.input(), shape(), Optional.of(piece)));
    }

    private static Content usual(Transport protocol) {
        return switch (protocol) {
            case TCP -> new Content.Tcp(TcpModel.ACK);
            case UDP -> new Content.Udp();
            case SCTP -> new Content.Sctp(SctpModel.DATA);
            case ECHO -> new Content.Echo(true);
        };
    }

    private IpAddress nodeAddress() {
        return switch (random.nextInt(6)) {
            case 0 -> world.loopback();
            case 1, 2 -> world.bridge();
            default -> world.primary();
        };
    }

    private IpAddress elsewhere() {
        return switch (random.nextInt(5)) {
            case 0 -> world.clusterIp(random.nextInt(World.SERVICES));
            case 1 -> world.clusterIp(100);
            case 2 -> world.primary();
            case 3 -> world.loopback();
            default -> world.localPod(random.nextInt(3));
        };
    }

    private Transport protocol() {
        return PROTOCOLS.get(random.nextInt(PROTOCOLS.size()));
    }

    private static Content first(Transport protocol) {
        return switch (protocol) {
            case TCP -> new Content.Tcp(TcpModel.SYN);
            case UDP -> new Content.Udp();
            case SCTP -> new Content.Sctp(SctpModel.INIT);
            case ECHO -> new Content.Echo(true);
        };
    }

    private Content content(Transport protocol) {
        return switch (protocol) {
            case TCP -> new Content.Tcp(TCP_FLAGS[random.nextInt(TCP_FLAGS.length)]);
            case UDP -> new Content.Udp();
            case SCTP -> new Content.Sctp(SCTP_CHUNKS[random.nextInt(SCTP_CHUNKS.length)]);
            case ECHO -> new Content.Echo(random.nextBoolean());
        };
    }

    private int shape() {
        return random.nextInt(1 << 16);
    }
}
