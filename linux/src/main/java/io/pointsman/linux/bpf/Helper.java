package io.pointsman.linux.bpf;

/** Functions of the kernel that a program may call (bpf-helpers(7)). */
public enum Helper {
    /** R1 map, R2 address of the key; R0 address of the value or 0. */
    MAP_LOOKUP(1),
    /** R1 map, R2 address of the key, R3 of the value, R4 flags; R0 0 or an error number below zero. */
    MAP_UPDATE(2),
    /** R1 index of an interface, R2 flags; R0 result for the program to return. */
    REDIRECT(23),
    /** R1 map, R2 key, R3 result if the map has no entry; R0 result for the program to return. */
    REDIRECT_MAP(51),
    /** R1 context, R2 address of a struct bpf_fib_lookup, R3 its bytes, R4 flags; R0 0 if a neighbour is known. */
    FIB_LOOKUP(69);

    private final int number;

    Helper(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
