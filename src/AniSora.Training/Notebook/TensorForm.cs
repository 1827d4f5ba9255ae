using System.Globalization;
using AniSora.Display;
using AniSora.Display.Notebook;

namespace AniSora.Training.Notebook;

/// <summary>How a tensor looks in a notebook: shape, type and place, range and mean, and its first corner.</summary>
public static class TensorForm
{
    private const int MaximumRows = 6, MaximumColumns = 8;
    private const long MaximumMeasured = 1 << 24;

    /// <summary>The forms of a tensor; one that was disposed says so.</summary>
    /// <param name="tensor">Any tensor; it is left as it is.</param>
    public static MimeBundle Of(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.IsInvalid)
            return Formatters.TextAndHtml("disposed tensor", Html.Of($"<i>disposed tensor</i>"));
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        string head = $"{tensor.dtype} [{string.Join(", ", tensor.shape)}] on {tensor.device}{(tensor.requires_grad ? ", requires a gradient" : "")}";
        string facts = Facts(tensor);
        var (rows, where) = Corner(tensor);
        int width = rows.SelectMany(r => r).Select(v => v.Length).DefaultIfEmpty(0).Max();
        string text = head + facts + string.Concat(rows.Select(row => "\n  " + string.Join("  ", row.Select(v => v.PadLeft(width)))));
        var cells = rows.Select(row => Html.Of($"""
            <tr style="background:none">{row.Select(v => Html.Of($"""<td style="text-align:right;padding:1px 12px 1px 0;border:0">{v}</td>"""))}</tr>
            """));
        return Formatters.TextAndHtml(text, Html.Of($"""
            <div style="margin:4px 0 8px;font-size:13px"><b>{head}</b><span style="opacity:.7">{facts}</span>
            <table style="border:0;border-collapse:collapse;font-family:ui-monospace,Menlo,Consolas,'Liberation Mono',monospace;font-size:12px;margin:6px 0 0"><tbody>{cells}</tbody></table>
            <div style="opacity:.6;font-size:12px">{where}</div></div>
            """));
    }

    /// <summary>A clip of a video tensor, to show.</summary>
    /// <param name="video">float <c>[C, T, H, W]</c> or <c>[1, C, T, H, W]</c>, C = 1 or 3, in [-1, 1]; what lies outside is cut off.</param>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public static VideoFrames ToVideo(Tensor video)
    {
        ArgumentNullException.ThrowIfNull(video);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        long[] shape = video.shape;
        if (shape is [1, _, _, _, _])
            shape = shape[1..];
        if (shape is not [1 or 3, > 0, > 0, > 0])
            throw new ArgumentException($"a tensor [{string.Join(", ", video.shape)}] is no clip; give [C, T, H, W] or [1, C, T, H, W] with C = 1 or 3", nameof(video));
        var bytes = video.detach().cpu().to(ScalarType.Float32).reshape(shape).expand(3, shape[1], shape[2], shape[3])
            .permute(1, 2, 3, 0).add(1).mul(127.5).round().clamp(0, 255).to(ScalarType.Byte).contiguous();
        return new VideoFrames(bytes.data<byte>().ToArray(), (int)shape[1], (int)shape[2], (int)shape[3]);
    }

    private static string Facts(Tensor tensor)
    {
        if (tensor.numel() == 0)
            return "; no elements";
        if (tensor.numel() > MaximumMeasured || tensor.numel() == 1)
            return "";
        double[] values = Numbers(tensor);
        double low = double.PositiveInfinity, high = double.NegativeInfinity, sum = 0;
        long strange = 0;
        foreach (double value in values)
        {
            if (!double.IsFinite(value))
            {
                strange++;
                continue;
            }
            low = Math.Min(low, value);
            high = Math.Max(high, value);
            sum += value;
        }
        string finite = strange == values.Length ? "; nothing finite" : $"; {Text(low)} … {Text(high)}, mean {Text(sum / (values.Length - strange))}";
        return strange == 0 ? finite : $"{finite}; {strange} not finite";
    }

    /// <summary>The first values of the last two dimensions, and a line that says what is left out.</summary>
    private static (IReadOnlyList<string[]> Rows, string Where) Corner(Tensor tensor)
    {
        if (tensor.numel() == 0)
            return ([], "");
        var matrix = tensor;
        while (matrix.dim() > 2)
            matrix = matrix[0];
        if (matrix.dim() < 2)
            matrix = matrix.reshape(1, -1);
        long rows = Math.Min(MaximumRows, matrix.shape[0]), columns = Math.Min(MaximumColumns, matrix.shape[1]);
        double[] values = Numbers(matrix.narrow(0, 0, rows).narrow(1, 0, columns));
        var lines = Enumerable.Range(0, (int)rows).Select(r => Enumerable.Range(0, (int)columns).Select(c => Text(values[r * columns + c])).ToArray()).ToList();
        bool all = rows * columns == tensor.numel();
        string index = string.Concat(Enumerable.Repeat("0, ", Math.Max(0, (int)tensor.dim() - 2)));
        return (lines, all ? "" : tensor.dim() < 2 ? $"[:{columns}]" : $"[{index}:{rows}, :{columns}]");
    }

    private static double[] Numbers(Tensor tensor) => tensor.detach().cpu().to(ScalarType.Float64).contiguous().data<double>().ToArray();

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
