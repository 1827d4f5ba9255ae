using System.Reflection;

namespace AniSora.Evaluation.Study;

/// <summary>Style sheet and script, which travel inside the assembly.</summary>
internal static class Assets
{
    public static string Read(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
