using static AniSora.Torch.torch;

namespace AniSora.Torch.Recording;

/// <summary>What a recorder must know of operators beyond what their schema says.</summary>
internal static class OperatorKinds
{
    private static readonly HashSet<string> Random =
    [
        "rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "normal", "bernoulli", "multinomial", "uniform", "poisson",
        "binomial", "exponential", "geometric", "cauchy", "log_normal", "random", "rrelu_with_noise", "_standard_gamma", "_sample_dirichlet",
    ];

    /// <summary>Their result's size depends on what is in the tensors.</summary>
    private static readonly HashSet<string> SizedByContent =
    [
        "nonzero", "nonzero_numpy", "argwhere", "masked_select", "unique_dim", "_unique", "_unique2", "unique_consecutive", "unique_dim_consecutive", "bincount",
        "repeat_interleave.Tensor", "repeat_interleave.self_Tensor",
    ];

    /// <summary>They look at a tensor's type and shape to make another.</summary>
    private static readonly HashSet<string> Alike =
    [
        "empty_like", "zeros_like", "ones_like", "full_like", "new_empty", "new_zeros", "new_ones", "new_full",
    ];

    private static readonly HashSet<string> TypesAndShapesOnly = ["is_floating_point", "is_complex", "is_same_size", "is_signed", "result_type", "can_cast"];

    /// <summary>Whether the operator draws random numbers, in place or not.</summary>
    public static bool IsRandom(TorchOp op) => Random.Contains(op.Name.TrimEnd('_'));

    /// <summary>Whether it answers from types and shapes alone.</summary>
    public static bool ReadsNoContent(TorchOp op) => TypesAndShapesOnly.Contains(op.Name);

    /// <summary>Whether its result depends on the shape of what it takes, but not on the content.</summary>
    public static bool TakesShapeAlone(TorchOp op) => Alike.Contains(op.Name);

    /// <summary>Whether it writes into a tensor that is given for the result.</summary>
    public static bool WritesIntoGiven(TorchOp op) => Overload(op) is "out" || Overload(op).EndsWith("_out", StringComparison.Ordinal);

    /// <summary>Whether it changes its first argument, as the schema marks it.</summary>
    public static bool ChangesArgument(TorchOp op) => op.Schema.Contains('!', StringComparison.Ordinal);

    /// <summary>Whether how many elements come out depends on what is in the tensors.</summary>
    public static bool IsSizedByContent(TorchOp op, ReadOnlySpan<TorchArg> arguments) =>
        SizedByContent.Contains(op.Name) || SizedByContent.Contains(op.FullName)
        || op.Name == "one_hot" && arguments is not [_, { Value: >= 0L }, ..]
        || op.Name == "index" && arguments[1].Value is Tensor?[] indices && indices.Any(i => i?.dtype is ScalarType.Bool or ScalarType.Byte);

    /// <summary>Whether it is called as in training: it then throws dice, or keeps statistics.</summary>
    public static bool Trains(TorchOp op, ReadOnlySpan<TorchArg> arguments) => op.Name.TrimEnd('_') switch
    {
        "dropout" or "feature_dropout" or "alpha_dropout" or "feature_alpha_dropout" or "native_dropout" =>
            arguments.Length > 2 && arguments[2].Value is true && arguments[1].Value is not 0.0,
        "rrelu" => arguments.Length > 3 && arguments[3].Value is true,
        // Statistics of the batch at hand are an operator like any other, as long as nobody keeps them.
        "batch_norm" or "instance_norm" => arguments.Length > 5 && arguments[5].Value is true && arguments[3].Value is Tensor,
        _ => false,
    };

    /// <summary>The form that returns a new tensor, or null.</summary>
    public static TorchOp? WithoutEffect(TorchOp op)
    {
        try
        {
            return TorchOp.Find(op.Name.TrimEnd('_'), Overload(op));
        }
        catch (TorchException)
        {
            return null;
        }
    }

    private static string Overload(TorchOp op) => op.FullName.IndexOf('.') is var dot and >= 0 ? op.FullName[(dot + 1)..] : "";
}
