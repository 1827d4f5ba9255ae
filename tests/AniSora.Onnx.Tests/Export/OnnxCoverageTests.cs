using System.Reflection;
using AniSora.Onnx.Export;
using AniSora.Torch;

namespace AniSora.Onnx.Tests.Export;

/// <summary>Which of the operators that the tensor library has methods for have a translation, and which have none.</summary>
public sealed class OnnxCoverageTests
{
    /// <summary>The recorder refuses these: they draw random numbers, read a tensor, or return as many elements as the content says.</summary>
    private static readonly string[] Refused =
    [
        "bernoulli", "bernoulli.float", "multinomial", "normal", "normal.float_float", "rand.generator", "rand_like", "randint.low_generator", "randn.generator", "randn_like", "randperm.generator", "uniform",
        "allclose", "equal", "item", "masked_select", "nonzero", "repeat_interleave.self_Tensor",
    ];

    /// <summary>Training alone has these, or kernels that are not used while operators are recorded.</summary>
    private static readonly string[] OfTraining =
    [
        "_foreach_add.List", "_foreach_add.Scalar", "_foreach_addcdiv.Scalar", "_foreach_addcmul.Scalar", "_foreach_div.Scalar", "_foreach_mul.Scalar", "_foreach_norm.Scalar", "_foreach_sqrt", "_foreach_sub.List",
        "anisora::mkldnn_convolution_backward", "convolution_backward", "mkldnn_convolution",
        "binary_cross_entropy_with_logits", "cross_entropy_loss", "huber_loss", "l1_loss", "mse_loss", "smooth_l1_loss",
    ];

    /// <summary>ONNX has nothing of the kind in opset 17, or nothing short.</summary>
    private static readonly string[] Missing = ["erfinv", "linalg_eigh", "linalg_svd", "quantile"];

    [Fact]
    public void EveryOperatorIsTranslatedOrKnownToBeMissing()
    {
        string[] operators = [.. typeof(TorchOp).Assembly.GetTypes()
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public))
            .Where(f => f.FieldType == typeof(TorchOp))
            .Select(f => Functional(((TorchOp)f.GetValue(null)!).FullName)).Distinct().Order(StringComparer.Ordinal)];
        Assert.True(operators.Length > 200);
        string[] without = [.. operators.Except(OnnxTranslations.BuiltIn)];
        Assert.Equal(Refused.Concat(OfTraining).Concat(Missing).Order(StringComparer.Ordinal), without);
    }

    /// <summary>In-place calls are recorded as those that return a tensor.</summary>
    private static string Functional(string name)
    {
        string[] parts = name.Split('.');
        return string.Join('.', parts[0].EndsWith("__", StringComparison.Ordinal) ? parts[0] : parts[0].TrimEnd('_'), parts.Length > 1 ? parts[1] : "").TrimEnd('.');
    }
}
