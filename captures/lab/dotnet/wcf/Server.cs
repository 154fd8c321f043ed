// SPDX-License-Identifier: GPL-2.0-or-later
//
// ClientWebService on WCF. Usage: Server.exe text|soap12|binary PORT
// Two hosts: one sends faults as WSUS does; the other one tells exception details, as a badly configured server does.

using System;
using System.Runtime.InteropServices;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.ServiceModel.Description;
using System.ServiceModel.Dispatcher;
using System.Xml;

namespace WindowsUpdateLab
{
    class WsusFaultException : Exception
    {
        public readonly WsusFault Fault;
        public readonly string Method;

        public WsusFaultException(WsusFault fault, string method)
        {
            Fault = fault;
            Method = method;
        }
    }

    // Turns WsusFaultException into the message that WSUS sends, and COMException into the fault that .NET sends for
    // exceptions that nobody handles: Mono's own one lacks the subcode of SOAP 1.2 and has another namespace.
    class WsusErrorHandler : IErrorHandler
    {
        const string Dispatcher = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher";

        public bool HandleError(Exception error)
        {
            return error is WsusFaultException || error is COMException;
        }

        // Mono asks this about errors, too, that HandleError does not take.
        public void ProvideFault(Exception error, MessageVersion version, ref Message fault)
        {
            if (!HandleError(error))
                return;
            var exception = error as WsusFaultException;
            fault = exception != null
                ? new WsusFaultMessage(version, exception.Fault, exception.Method)
                : Message.CreateMessage(version, InternalServiceFault(version.Envelope), ActionOf(version.Addressing));
            if (version.Addressing != AddressingVersion.None)
                fault.Headers.RelatesTo = OperationContext.Current.IncomingMessageHeaders.MessageId;
        }

        static MessageFault InternalServiceFault(EnvelopeVersion envelope)
        {
            var code = new FaultCode("InternalServiceFault", Dispatcher);
            if (envelope == EnvelopeVersion.Soap12)
                code = new FaultCode("Receiver", "http://www.w3.org/2003/05/soap-envelope", code);
            return MessageFault.CreateFault(
                code, new FaultReason(new FaultReasonText("The server was unable to process the request due to an internal error.", "en-US")));
        }

        static string ActionOf(AddressingVersion addressing)
        {
            return addressing == AddressingVersion.None ? null : Dispatcher + "/fault";
        }
    }

    // A fault whose detail has four unqualified children and whose faultstring has no xml:lang, as WSUS writes it.
    // FaultException<T> can do neither.
    class WsusFaultMessage : Message
    {
        readonly WsusFault fault;
        readonly string method;
        readonly MessageHeaders headers;
        readonly MessageProperties properties = new MessageProperties();

        public WsusFaultMessage(MessageVersion version, WsusFault fault, string method)
        {
            this.fault = fault;
            this.method = method;
            headers = new MessageHeaders(version);
            if (version.Addressing != AddressingVersion.None)
                headers.Action = "http://www.w3.org/2005/08/addressing/fault";
        }

        public override bool IsFault { get { return true; } }

        public override MessageHeaders Headers { get { return headers; } }

        public override MessageProperties Properties { get { return properties; } }

        public override MessageVersion Version { get { return headers.MessageVersion; } }

        protected override void OnWriteBodyContents(XmlDictionaryWriter writer)
        {
            if (Version.Envelope == EnvelopeVersion.Soap11)
                WriteSoap11(writer, "http://schemas.xmlsoap.org/soap/envelope/");
            else
                WriteSoap12(writer, "http://www.w3.org/2003/05/soap-envelope");
        }

        void WriteSoap11(XmlDictionaryWriter writer, string soap)
        {
            writer.WriteStartElement("s", "Fault", soap);
            writer.WriteElementString("faultcode", "", "s:" + (fault.IsServerSide ? "Server" : "Client"));
            writer.WriteElementString("faultstring", "", "Fault occurred");
            writer.WriteStartElement("detail", "");
            WriteDetail(writer);
            writer.WriteEndElement();
            writer.WriteEndElement();
        }

        void WriteSoap12(XmlDictionaryWriter writer, string soap)
        {
            writer.WriteStartElement("s", "Fault", soap);
            writer.WriteStartElement("s", "Code", soap);
            writer.WriteElementString("s", "Value", soap, "s:" + (fault.IsServerSide ? "Receiver" : "Sender"));
            writer.WriteEndElement();
            writer.WriteStartElement("s", "Reason", soap);
            writer.WriteStartElement("s", "Text", soap);
            writer.WriteXmlAttribute("lang", "en-US");
            writer.WriteString("Fault occurred");
            writer.WriteEndElement();
            writer.WriteEndElement();
            writer.WriteStartElement("s", "Detail", soap);
            WriteDetail(writer);
            writer.WriteEndElement();
            writer.WriteEndElement();
        }

        void WriteDetail(XmlDictionaryWriter writer)
        {
            writer.WriteElementString("ErrorCode", "", fault.ErrorCode);
            writer.WriteElementString("Message", "", fault.Message);
            writer.WriteElementString("ID", "", Guid.NewGuid().ToString());
            writer.WriteElementString("Method", "", "\"" + method + "\"");
        }
    }

    [ServiceBehavior(InstanceContextMode = InstanceContextMode.Single, Namespace = Namespaces.ClientWebService)]
    class ClientWebService : IClientWebService
    {
        public Config GetConfig(string protocolVersion)
        {
            if (protocolVersion == "unhandled exception")
                throw new COMException("Access is denied. (Exception from HRESULT: 0x80070005 (E_ACCESSDENIED))", unchecked((int)0x80070005));
            return Catalog.Config();
        }

        public Config GetConfig2(ClientConfiguration clientConfiguration)
        {
            return Catalog.Config();
        }

        public Cookie GetCookie(AuthorizationCookie[] authCookies, Cookie oldCookie, DateTime lastChange, DateTime currentTime, string protocolVersion)
        {
            RaiseAsked(authCookies[0].CookieData, "GetCookie");
            return Catalog.NewCookie();
        }

        public void RegisterComputer(Cookie cookie, ComputerInfo computerInfo)
        {
            RaiseAsked(cookie.EncryptedData, "RegisterComputer");
        }

        public Guid[] StartCategoryScan(CategoryRelationship[] requestedCategories, out Guid[] requestedCategoryIdsInError)
        {
            requestedCategoryIdsInError = new Guid[0];
            return new[] { Catalog.CategoryId };
        }

        public SyncInfo SyncUpdates(Cookie cookie, SyncUpdateParameters parameters)
        {
            RaiseAsked(cookie.EncryptedData, "SyncUpdates");
            return Catalog.SyncInfo();
        }

        public SyncInfo SyncPrinterCatalog(Cookie cookie, int[] installedNonLeafUpdateIDs, int[] printerUpdateIDs, string deviceAttributes)
        {
            RaiseAsked(cookie.EncryptedData, "SyncPrinterCatalog");
            return Catalog.SyncInfo();
        }

        public RefreshCacheResult[] RefreshCache(Cookie cookie, UpdateIdentity[] globalIDs, string deviceAttributes)
        {
            RaiseAsked(cookie.EncryptedData, "RefreshCache");
            return new[] { Catalog.RefreshCacheResult(globalIDs[0]) };
        }

        public ExtendedUpdateInfo GetExtendedUpdateInfo(Cookie cookie, int[] revisionIDs, XmlUpdateFragmentType[] infoTypes, string[] locales, string deviceAttributes)
        {
            RaiseAsked(cookie.EncryptedData, "GetExtendedUpdateInfo");
            return Catalog.ExtendedUpdateInfo(revisionIDs[0]);
        }

        public ExtendedUpdateInfo2 GetExtendedUpdateInfo2(Cookie cookie, UpdateIdentity[] updateIDs, XmlUpdateFragmentType[] infoTypes, string[] locales, string deviceAttributes)
        {
            RaiseAsked(cookie.EncryptedData, "GetExtendedUpdateInfo2");
            return Catalog.ExtendedUpdateInfo2(updateIDs[0]);
        }

        public GetFileLocationsResults GetFileLocations(Cookie cookie, byte[][] fileDigests)
        {
            RaiseAsked(cookie.EncryptedData, "GetFileLocations");
            return new GetFileLocationsResults { FileLocations = Catalog.FileLocations(), NewCookie = Catalog.NewCookie() };
        }

        public byte[][] GetTimestamps(DateTime[] timestamps)
        {
            return new[] { BitConverter.GetBytes(timestamps[0].Ticks) };
        }

        static void RaiseAsked(byte[] opaque, string operation)
        {
            WsusFault fault = WsusFault.Asked(opaque);
            if (fault != null)
                throw new WsusFaultException(fault, Actions.Prefix + operation);
        }
    }

    static class Server
    {
        static void Main(string[] arguments)
        {
            string root = "http://127.0.0.1:" + arguments[1];
            OpenLikeWsus(arguments[0], root + "/ClientWebService/client.asmx");
            OpenTalkative(arguments[0], root + "/v6/ClientWebService/client.asmx");
            System.Threading.Thread.Sleep(System.Threading.Timeout.Infinite);
        }

        static void OpenLikeWsus(string binding, string address)
        {
            ServiceHost host = Host(binding, address);
            host.Open();
            foreach (ChannelDispatcher dispatcher in host.ChannelDispatchers)
                dispatcher.ErrorHandlers.Add(new WsusErrorHandler());
        }

        // The faults of this one are Mono's own.
        static void OpenTalkative(string binding, string address)
        {
            ServiceHost host = Host(binding, address);
            host.Description.Behaviors.Find<ServiceDebugBehavior>().IncludeExceptionDetailInFaults = true;
            host.Open();
        }

        static ServiceHost Host(string binding, string address)
        {
            var host = new ServiceHost(new ClientWebService(), new Uri(address));
            host.AddServiceEndpoint(typeof(IClientWebService), Bindings.Named(binding), "");
            return host;
        }
    }
}
