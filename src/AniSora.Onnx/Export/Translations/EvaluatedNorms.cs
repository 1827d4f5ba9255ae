using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Batch and instance normalisation.</summary>
internal static class EvaluatedNorms
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add("batch_norm", c => c.Flag("training") ? OfBatch(c) : Known(c));
        table.Add("instance_norm", c => c.Flag("use_input_stats") ? OfInstance(c) : Known(c));
    }

    /// <summary>With the statistics of the training.</summary>
    private static OnnxValue Known(OnnxCall c)
    {
        if (!c.Has("running_mean") || !c.Has("running_var"))
            throw c.Error("there are no statistics to normalise by: train the model first, or let it use those of the batch");
        var mean = c.Tensor("running_mean");
        long channels = Channels(c);
        return c.Emit("BatchNormalization", [c.Tensor("input"), c.OptionalTensor("weight") ?? Norms.Ones(c, [channels]), c.OptionalTensor("bias") ?? Norms.Zeros(c, [channels]), mean, c.Tensor("running_var")],
            attributes: ("epsilon", c.Number("eps")));
    }

    /// <summary>With the statistics of the samples at hand.</summary>
    private static OnnxValue OfBatch(OnnxCall c)
    {
        var x = c.Tensor("input");
        int[] axes = [.. Enumerable.Range(0, x.Rank).Where(a => a != 1)];
        var off = c.Sub(x, Reductions.Over(c, "ReduceMean", x, axes, keep: true));
        var variance = Reductions.Over(c, "ReduceMean", c.Mul(off, off), axes, keep: true);
        var y = c.Div(off, c.Emit("Sqrt", [c.Add(variance, c.Number("eps"))]));
        SizeFormula[] perChannel = [x.Shape[1], .. x.Shape.Skip(2).Select(_ => (SizeFormula)1)];
        if (c.OptionalTensor("weight") is { } weight)
            y = c.Mul(y, c.Reshape(weight, perChannel));
        return c.OptionalTensor("bias") is { } bias ? c.Add(y, c.Reshape(bias, perChannel)) : y;
    }

    private static OnnxValue OfInstance(OnnxCall c)
    {
        long channels = Channels(c);
        return c.Emit("InstanceNormalization", [c.Tensor("input"), c.OptionalTensor("weight") ?? Norms.Ones(c, [channels]), c.OptionalTensor("bias") ?? Norms.Zeros(c, [channels])], attributes: ("epsilon", c.Number("eps")));
    }

    private static long Channels(OnnxCall c) => c.Tensor("input").Shape[1] is { IsConstant: true } channels
        ? channels.Constant
        : throw c.Error("the number of channels depends on the input: make it a constant");
}
