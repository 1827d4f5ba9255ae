namespace AniSora.Display;

/// <summary>One colour per role, everywhere: teal = drawn by people, vermilion = made by the model, greys = rules. As CSS variables.</summary>
public static class Palette
{
    /// <summary>On light ground.</summary>
    internal const string Light =
        "--paper: #fbfaf7; --card: #ffffff; --ink: #1c1b1f; --muted: #66636e; --line: #e4e1da; " +
        "--model: #d9481c; --real: #0f7f74; --cross: #7a7888; --flow: #5b6b8c; --hold: #b9b6c4; " +
        "--tint-1: #c9a227; --tint-2: #5b8def; --tint-3: #8e5bb5; --hatch-a: #efece4; --hatch-b: #dcd8cd;";

    /// <summary>On dark ground.</summary>
    internal const string Dark =
        "--paper: #131217; --card: #1c1b22; --ink: #efedf4; --muted: #a19eab; --line: #32303a; " +
        "--model: #ff7a4d; --real: #3cc4b4; --cross: #9b98aa; --flow: #8fa3c9; --hold: #5f5c6c; " +
        "--tint-1: #e3bf4b; --tint-2: #82a9ff; --tint-3: #bb8ce0; --hatch-a: #26242d; --hatch-b: #34313d;";

    /// <summary>Both as a style sheet, by the reader's choice of theme.</summary>
    public const string Sheet = $":root {{ {Light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {Dark} }} }}\n";

    /// <summary>Colours that traces take in turn when they name none.</summary>
    internal static readonly string[] Series = ["var(--model)", "var(--real)", "var(--tint-2)", "var(--tint-1)", "var(--tint-3)", "var(--flow)"];
}
