using System.Globalization;
using System.Text;

namespace AniSora.Display.Svg;

/// <summary>SVG being written. Texts and lines of the frame take the surrounding text's colour, so they are readable on any ground.</summary>
internal sealed class Drawing(double width, double height)
{
    private readonly StringBuilder _svg = new();
    private int _clips;

    public double Width { get; } = width;

    public double Height { get; } = height;

    /// <summary>A number with as many digits as a pixel deserves.</summary>
    public static string N(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>A colour with the light palette's value where no style sheet defines the variable.</summary>
    public static string Color(string color)
    {
        if (!color.StartsWith("var(", StringComparison.Ordinal) || color.Contains(','))
            return color;
        int at = Palette.Light.IndexOf(color[4..^1] + ": ", StringComparison.Ordinal);
        return at < 0 ? color : $"var({color[4..^1]},{Palette.Light[(at + color.Length - 3)..Palette.Light.IndexOf(';', at)]})";
    }

    public void Line(double x1, double y1, double x2, double y2, double opacity, string? dash = null) =>
        Add($"""<path d="M{N(x1)} {N(y1)}L{N(x2)} {N(y2)}" stroke="currentColor" stroke-opacity="{N2(opacity)}"{(dash is null ? "" : $" stroke-dasharray=\"{dash}\"")}/>""");

    public void Path(string d, string? stroke, double width = 2, string? fill = null, double opacity = 1, double fillOpacity = 1, string? dash = null, string? title = null, string? clip = null)
    {
        string style = (stroke is null ? "" : $"stroke:{Color(stroke)};stroke-width:{N(width)};") + (fill is null ? "" : $"fill:{Color(fill)};");
        Add($"<path d=\"{d}\" style=\"{Html.Escape(style)}\"{Attribute("opacity", opacity)}{Attribute("fill-opacity", fillOpacity)}{(dash is null ? "" : $" stroke-dasharray=\"{dash}\"")}{clip}{Close("path", title)}");
    }

    public void Rectangle(double x, double y, double width, double height, string fill, double opacity = 1, double radius = 0, string? title = null) =>
        Add($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\"{(radius > 0 ? $" rx=\"{N(radius)}\"" : "")} style=\"fill:{Html.Escape(Color(fill))}\"{Attribute("opacity", opacity)}{Close("rect", title)}");

    public void Circle(double x, double y, double radius, string fill, double opacity = 1, string? title = null) =>
        Add($"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\" style=\"fill:{Html.Escape(Color(fill))}\"{Attribute("opacity", opacity)}{Close("circle", title)}");

    /// <summary>A text; anchor start, middle or end.</summary>
    public void Text(double x, double y, string text, string anchor = "start", double opacity = 0.72, double size = 12, string? rotate = null, bool bold = false) =>
        Add($"<text x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(size)}\" text-anchor=\"{anchor}\" fill=\"currentColor\" fill-opacity=\"{N2(opacity)}\"{(bold ? " font-weight=\"600\"" : "")}{(rotate is null ? "" : $" transform=\"{rotate}\"")}>{Html.Escape(text)}</text>");

    public void Image(double x, double y, double width, double height, byte[] png) =>
        Add($"<image x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{Convert.ToBase64String(png)}\"/>");

    /// <summary>An attribute that keeps what carries it inside a rectangle.</summary>
    public string Clip(double x, double y, double width, double height)
    {
        // Ids are the page's: made from what is drawn, equal ones mean the same rectangle.
        string id = string.Create(CultureInfo.InvariantCulture, $"anisora-clip-{N(x)}-{N(y)}-{N(width)}-{N(height)}").Replace('.', '_');
        if (_clips++ == 0)
            Add($"<clipPath id=\"{id}\"><rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\"/></clipPath>");
        return $" clip-path=\"url(#{id})\"";
    }

    /// <summary>About how wide a text is; for margins.</summary>
    public static double WidthOf(string text, double size = 12) => text.Length * size * 0.56;

    public Html Render(string label) => Html.Of($"""
        <svg viewBox="0 0 {Html.Raw(N(Width))} {Html.Raw(N(Height))}" role="img" aria-label="{label}" fill="none" style="width:{Html.Raw(N(Width))}px;max-width:100%;height:auto;font-family:Inter,system-ui,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif;font-variant-numeric:tabular-nums;overflow:visible">{Html.Raw(_svg.ToString())}</svg>
        """);

    private void Add(string markup) => _svg.Append(markup);

    private static string N2(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);

    private static string Attribute(string name, double value) => value == 1 ? "" : $" {name}=\"{N2(value)}\"";

    private static string Close(string element, string? title) => title is null ? "/>" : $"><title>{Html.Escape(title)}</title></{element}>";
}
