using System.Reflection;
using System.Text.Json.Nodes;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Kernel;

/// <summary>What the kernel says about itself.</summary>
internal static class KernelInfo
{
    /// <summary>Content of a <c>kernel_info_reply</c>. The language's name is the one by which VS Code and JupyterLab find C#.</summary>
    public static JsonObject Content() => new()
    {
        ["status"] = "ok",
        ["protocol_version"] = MessageCodec.ProtocolVersion,
        ["implementation"] = "anisora-kernel",
        ["implementation_version"] = typeof(KernelInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0",
        ["language_info"] = new JsonObject
        {
            ["name"] = "C#",
            ["version"] = "14.0",
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
            ["codemirror_mode"] = "text/x-csharp",
            ["nbconvert_exporter"] = "script",
        },
        ["banner"] = $"C# 14 on .NET {Environment.Version}. %help says what cells can do.",
        ["debugger"] = false,
        ["help_links"] = new JsonArray(new JsonObject { ["text"] = "C#", ["url"] = "https://learn.microsoft.com/dotnet/csharp/" }),
        ["supported_features"] = new JsonArray(),
    };
}
