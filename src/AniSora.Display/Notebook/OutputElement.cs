using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AniSora.Display.Notebook;

/// <summary>
/// A kind of interactive notebook output: a custom element whose code and style each output carries, so that any of them
/// works alone, in a notebook, in a saved page, in any order. The element's name holds a hash of its code: outputs of another
/// version keep theirs. What stands inside the element is what a viewer without scripts shows.
/// </summary>
/// <param name="kind">A short name.</param>
/// <param name="styles">Style sheets of this assembly, for the element's shadow tree.</param>
/// <param name="scripts">Scripts of this assembly; the last defines the class <c>Output</c>.</param>
internal sealed class OutputElement(string kind, IReadOnlyList<string> styles, IReadOnlyList<string> scripts)
{
    /// <summary>Clips under one clock.</summary>
    public static readonly OutputElement Player = new("player", ["player.css", "notebook.css"], ["notebook.js", "player-core.js", "notebook-player.js"]);

    /// <summary>Figures.</summary>
    public static readonly OutputElement Figure = new("figure", [], ["notebook.js", "kernel-link.js", "figure-core.js", "notebook-figure.js"]);

    /// <summary>The mask painter.</summary>
    public static readonly OutputElement Painter = new("painter", ["player.css", "notebook.css", "painter.css"], ["notebook.js", "kernel-link.js", "painter-mask.js", "painter.js"]);

    private readonly Lazy<(string Tag, string Script)> _code = new(() => Build(kind, styles, scripts));

    /// <summary>The element's name.</summary>
    public string Tag => _code.Value.Tag;

    /// <summary>One output.</summary>
    /// <param name="attributes">Attributes of the element, beginning with a blank.</param>
    /// <param name="content">What a viewer without scripts shows, and templates.</param>
    public Html Of(Html attributes, Html content)
    {
        var tag = Html.Raw(Tag);
        // Lumino's attribute keeps JupyterLab's single-key shortcuts away from our keys; the mark at the end says that all children are there.
        return Html.Of($"""
            <{tag} class="anisora" data-lm-suppress-shortcuts="true"{attributes}>{content}<i data-end hidden></i></{tag}><script>{Html.Raw(_code.Value.Script)}</script>
            """);
    }

    private static (string Tag, string Script) Build(string kind, IReadOnlyList<string> styles, IReadOnlyList<string> scripts)
    {
        string css = $":host, .anisora {{ {Palette.Light} }} :host([data-theme=dark]), .anisora[data-theme=dark] {{ {Palette.Dark} }}\n" + string.Concat(styles.Select(Assets.Text));
        string code = "const CSS = " + JsonSerializer.Serialize(css) + ";\n" + Assets.Compact(string.Concat(scripts.Select(Assets.Text)));
        string tag = $"anisora-{kind}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code)))[..8]}";
        return (tag, $$"""
            (() => { "use strict";
            if (!customElements.get("{{tag}}")) {
            {{code}}
            customElements.define("{{tag}}", Output);
            }
            for (const output of document.querySelectorAll("{{tag}}")) output.begin();
            })();
            """);
    }
}
