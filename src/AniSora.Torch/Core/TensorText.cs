using System.Globalization;
using System.Text;

namespace AniSora.Torch;

/// <summary>Tensors as a person wants to see them in a console or a notebook.</summary>
public static class TensorText
{
    private const int MostValues = 8;

    /// <summary>Type, shape, device, range and the first values: <c>float32 [2, 3] on cpu, 0 … 5, mean 2.5: 0, 1, 2, 3, 4, 5</c>.</summary>
    /// <param name="tensor">Any tensor; values of a disposed one or one without memory are left out.</param>
    public static string Describe(this torch.Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.IsInvalid)
            return "disposed tensor";
        var text = new StringBuilder($"{tensor.dtype.ToString().ToLowerInvariant()} [{string.Join(", ", tensor.shape)}] on {tensor.device}");
        if (tensor.numel() == 0 || tensor.device.type == DeviceType.META)
            return text.ToString();
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var numbers = tensor.detach().to(torch.float64).flatten();
        if (numbers.numel() > 1)
            text.Append(CultureInfo.InvariantCulture, $", {Number(numbers.min())} … {Number(numbers.max())}, mean {Number(numbers.mean())}");
        var first = numbers.narrow(0, 0, Math.Min(MostValues, numbers.numel())).cpu().ToArray<double>();
        return text.Append(": ").AppendJoin(", ", first.Select(Number)).Append(numbers.numel() > MostValues ? ", …" : "").ToString();
    }

    private static string Number(torch.Tensor scalar) => Number(scalar.item<double>());

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
