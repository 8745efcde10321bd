package io.pointsman.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AssemblerTest {
    @Test
    void shouldEncodeInstructionsAsTheKernelReadsThem() {
        final Label end = new Label("end");
        final long[] code = new Assembler()
                .move(Register.R6, Register.R1)
                .load(Width.HALF, Register.R5, Register.R2, 12)
                .jumpIf(Register.R5, Comparison.NOT_EQUAL, 0x0008, end)
                .store(Width.DOUBLE, Register.R10, -8, -1)
                .store(Width.WORD, Register.R10, -4, Register.R5)
                .call(Helper.REDIRECT_MAP)
                .mark(end)
                .move(Register.R0, 2)
                .exit()
                .assemble();

        assertThat(code)
                .containsExactly(
                        0x0000_0000_0000_16BFL,
                        0x0000_0000_000C_2569L,
                        0x0000_0008_0003_0555L,
                        0xFFFF_FFFF_FFF8_0A7AL,
                        0x0000_0000_FFFC_5A63L,
                        0x0000_0033_0000_0085L,
                        0x0000_0002_0000_00B7L,
                        0x0000_0000_0000_0095L);
    }

    @Test
    void shouldJumpBackByNegativeOffsets() {
        final Label start = new Label("start");
        final long[] code = new Assembler()
                .mark(start)
                .add(Register.R1, Register.R2)
                .shiftRight(Register.R1, 3)
                .jumpIf(Register.R1, Comparison.AT_LEAST, Register.R2, start)
                .jump(start)
                .exit()
                .assemble();

        assertThat(code)
                .containsExactly(
                        0x0000_0000_0000_210FL,
                        0x0000_0003_0000_0177L,
                        0x0000_0000_FFFD_213DL,
                        0x0000_0000_FFFC_0005L,
                        0x0000_0000_0000_0095L);
    }

    @Test
    void shouldRefuseWhatCanNotBeEncoded() {
        final Label nowhere = new Label("nowhere");
        final Label twice = new Label("twice");
        final Assembler assembler = new Assembler().mark(twice).exit();

        assertThatThrownBy(() -> new Assembler().jump(nowhere).assemble())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no instruction is marked with label nowhere");
        assertThatThrownBy(() -> assembler.mark(twice)).hasMessage("label twice is marked twice");
        assertThatThrownBy(() -> assembler.load(Width.BYTE, Register.R0, Register.R1, 0x8000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("offset 32768 does not fit 16 bits");
    }
}
