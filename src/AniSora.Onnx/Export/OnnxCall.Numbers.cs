namespace AniSora.Onnx.Export;

public sealed partial class OnnxCall
{
    /// <summary>A list of numbers.</summary>
    /// <param name="argument">Its name.</param>
    public double[] Numbers(string argument) => Find(argument) as double[] ?? throw Unexpected(argument, "a list of numbers");
}
