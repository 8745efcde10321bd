package io.pointsman.linux.nftables;

/** Names of expressions in the kernel ({@code struct nft_expr_type}). */
final class ExpressionNames {
    private ExpressionNames() {}

    static String of(Expression expression) {
        return switch (expression) {
            case Expression.Payload _ -> "payload";
            case Expression.Meta _, Expression.SetMeta _ -> "meta";
            case Expression.Compare _ -> "cmp";
            case Expression.Range _ -> "range";
            case Expression.Bitwise _ -> "bitwise";
            case Expression.ByteOrder _ -> "byteorder";
            case Expression.Load _, Expression.Decide _ -> "immediate";
            case Expression.Lookup _, Expression.MapLookup _ -> "lookup";
            case Expression.Dynamic _ -> "dynset";
            case Expression.Generate _ -> "numgen";
            case Expression.Hash _, Expression.SymmetricHash _ -> "hash";
            case Expression.Connection _, Expression.SetConnection _ -> "ct";
            case Expression.Route _ -> "fib";
            case Expression.Nat _ -> "nat";
            case Expression.Masquerade _ -> "masq";
            case Expression.Redirect _ -> "redir";
            case Expression.Reject _ -> "reject";
            case Expression.Count _ -> "counter";
            case Expression.CountBy _, Expression.CountByMap _ -> "objref";
            case Expression.Limit _ -> "limit";
            case Expression.NoTrack() -> "notrack";
            case Expression.Offload _ -> "flow_offload";
            case Expression.Other other -> other.name();
        };
    }
}
