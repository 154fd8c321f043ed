// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the lab servers know: one configuration, one update with one file, and the answers made of them.

using System;
using System.Text;

namespace WindowsUpdateLab
{
    public static class Catalog
    {
        public const int RevisionID = 4711;
        public static readonly Guid UpdateID = new Guid("5b1c3f52-7d0e-4c1b-9a55-2f6e0c8a1d34");
        public static readonly Guid CategoryId = new Guid("0fa1201d-4330-4fa8-8ae9-b877473b6441");
        public const int RevisionNumber = 201;

        static readonly DateTime LastChange = new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc);

        // SHA-1 of the ASCII text "lab", so that digest and URL fit together.
        static readonly byte[] FileDigest = System.Security.Cryptography.SHA1.Create().ComputeHash(Encoding.ASCII.GetBytes("lab"));

        public static Config Config()
        {
            return new Config
            {
                LastChange = LastChange,
                IsRegistrationRequired = true,
                AuthInfo = new[]
                {
                    new AuthPlugInInfo { PlugInID = "SimpleTargeting", ServiceUrl = "SimpleAuthWebService/SimpleAuth.asmx", Parameter = "" }
                },
                Properties = new[]
                {
                    new ConfigurationProperty { Name = "MaxExtendedUpdatesPerRequest", Value = "50" },
                    new ConfigurationProperty { Name = "ProtocolVersion", Value = "3.2" },
                    new ConfigurationProperty { Name = "ClientReportingLevel", Value = "2" }
                }
            };
        }

        public static Cookie NewCookie()
        {
            return new Cookie { Expiration = DateTime.UtcNow.AddHours(1), EncryptedData = Encoding.ASCII.GetBytes("opaque cookie data of the lab") };
        }

        public static SyncInfo SyncInfo()
        {
            return new SyncInfo
            {
                NewUpdates = new[]
                {
                    new UpdateInfo { ID = RevisionID, Deployment = Deployment(), IsLeaf = true, Xml = Core() }
                },
                OutOfScopeRevisionIDs = new[] { 4700 },
                Truncated = false,
                NewCookie = NewCookie(),
                DriverSyncNotNeeded = true
            };
        }

        public static RefreshCacheResult RefreshCacheResult(UpdateIdentity globalID)
        {
            return new RefreshCacheResult { RevisionID = RevisionID, GlobalID = globalID, IsLeaf = true, Deployment = Deployment() };
        }

        public static ExtendedUpdateInfo ExtendedUpdateInfo(int revisionID)
        {
            return new ExtendedUpdateInfo
            {
                Updates = new[]
                {
                    new Update { ID = revisionID, Xml = Extended() },
                    new Update { ID = revisionID, Xml = LocalizedProperties() }
                },
                FileLocations = FileLocations()
            };
        }

        public static ExtendedUpdateInfo2 ExtendedUpdateInfo2(UpdateIdentity identity)
        {
            return new ExtendedUpdateInfo2
            {
                Updates = new[] { new UpdateWithIdentity { UpdateIdentity = identity, Xml = Extended() } },
                FileLocations = FileLocations()
            };
        }

        public static FileLocation[] FileLocations()
        {
            string hex = BitConverter.ToString(FileDigest).Replace("-", "");
            string url = "http://127.0.0.1:8530/Content/" + hex.Substring(hex.Length - 2) + "/" + hex + ".exe";
            return new[] { new FileLocation { FileDigest = FileDigest, Url = url } };
        }

        static Deployment Deployment()
        {
            return new Deployment
            {
                ID = 88,
                Action = DeploymentAction.Install,
                IsAssigned = true,
                LastChangeTime = "2024-05-06",
                AutoSelect = "0",
                AutoDownload = "0",
                SupersedenceBehavior = "0"
            };
        }

        static string Core()
        {
            return "<UpdateIdentity UpdateID=\"" + UpdateID + "\" RevisionNumber=\"" + RevisionNumber + "\" />"
                + "<Properties UpdateType=\"Software\" />"
                + "<Relationships><Prerequisites><AtLeastOne IsCategory=\"true\"><UpdateIdentity UpdateID=\"" + CategoryId + "\" /></AtLeastOne></Prerequisites></Relationships>"
                + "<ApplicabilityRules><IsInstalled><b.FileExists Path=\"lab.exe\" /></IsInstalled></ApplicabilityRules>";
        }

        static string Extended()
        {
            return "<ExtendedProperties DefaultPropertiesLanguage=\"en\" MaxDownloadSize=\"24576\" MinDownloadSize=\"0\">"
                + "<KBArticleID>5000042</KBArticleID></ExtendedProperties>"
                + "<Files><File Digest=\"" + Convert.ToBase64String(FileDigest) + "\" DigestAlgorithm=\"SHA1\" FileName=\"lab.exe\" Size=\"24576\" /></Files>";
        }

        static string LocalizedProperties()
        {
            return "<LocalizedProperties><Language>en</Language><Title>Lab update (KB5000042)</Title></LocalizedProperties>";
        }
    }
}
