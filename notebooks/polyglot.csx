// Whether this is .NET Interactive, whose outputs and libraries are then made ours. Under this project's own kernel nothing is done.
#r "../src/AniSora.Cli/bin/Release/net10.0/AniSora.Interactive.dll"
bool polyglot = AniSora.Interactive.PolyglotNotebook.Connect();
